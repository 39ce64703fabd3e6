import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { chromium } from 'playwright-core';
import { extract } from 'tar-fs';

/** Kept between runs by `mvn verify`, made anew after `mvn clean`. */
export const TARGET = fileURLToPath(new URL('../../target/browser/', import.meta.url));

const PACKAGE = new URL('../../', import.meta.resolve('@sparticuz/chromium'));

/** The Chromium of the npm package, or the one that the environment variable CHROMIUM names, for machines that are not Linux on x64. */
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
 * The package brings all that Chromium needs beyond the C library: NSS, NSPR and Expat in `al2023.tar.br` and a font. Its own
 * `executablePath()` unpacks the libraries on Amazon's machines only and trusts whatever `/tmp/chromium` is, so we unpack.
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

/** The machine's fonts, if it has any, and the package's. */
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
