import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { chromium } from 'playwright-core';
import { extract } from 'tar-fs';

/** The folder of Chromium. `mvn clean` removes it. */
export const TARGET = fileURLToPath(new URL('../../target/browser/', import.meta.url));

const PACKAGE = new URL('../../', import.meta.resolve('@sparticuz/chromium'));

/** Launches the Chromium of the npm package. On machines that are not Linux on x64, the environment variable CHROMIUM names the browser. */
export async function launchBrowser() {
  const own = process.env.CHROMIUM;
  const home = own ? '' : await unpackedChromium();
  return chromium.launch({
    executablePath: own ?? `${home}/chromium`,
    env: own ? process.env : { ...process.env, LD_LIBRARY_PATH: `${home}/lib`, FONTCONFIG_FILE: `${home}/fonts.conf` },
    args: [
      '--no-sandbox', // containers and root
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/**
 * Unpacks Chromium. The package contains the libraries that Chromium needs (NSS, NSPR and Expat in `al2023.tar.br`) and a font. Its own
 * `executablePath()` unpacks the libraries only on Amazon's machines, and uses any file `/tmp/chromium`.
 */
async function unpackedChromium() {
  const { version } = JSON.parse(await readFile(new URL('package.json', PACKAGE), 'utf8'));
  const home = `${TARGET}chromium-${version}`;
  if (await exists(home)) {
    return home;
  }
  const unpacking = `${home}.${process.pid}`;
  await mkdir(unpacking, { recursive: true });
  await Promise.all([
    unpack('chromium.br', createWriteStream(`${unpacking}/chromium`, { mode: 0o755 })),
    unpack('al2023.tar.br', extract(unpacking)),
    unpack('fonts.tar.br', extract(unpacking)),
  ]);
  await writeFile(`${unpacking}/fonts.conf`, fontConfiguration(home));
  await rename(unpacking, home).catch(() => rm(unpacking, { recursive: true })); // another process was faster
  return home;
}

function unpack(name, to) {
  return pipeline(createReadStream(new URL(`bin/${name}`, PACKAGE)), createBrotliDecompress(), to);
}

/** Configures the fonts of the machine and of the package. */
function fontConfiguration(home) {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${home}/fonts</dir>
  <cachedir>${home}/fonts-cache</cachedir>
</fontconfig>
`;
}

async function exists(path) {
  return stat(path).then(() => true, () => false);
}
