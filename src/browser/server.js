import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TARGET } from './browser.js';

const WAR = fileURLToPath(new URL('../../target/switchboard.war', import.meta.url));
const RUNNING = /^Switchboard is running, open (\S+)$/;

const running = new Set();

// Whatever ends this process early must not leave a server behind.
process.on('exit', () => running.forEach((java) => java.kill('SIGKILL')));
['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.once(signal, () => process.exit(1)));

/**
 * `settings` are those of src/docs/settings.md, without their `switchboard.`; `url` of the result is the address that the server prints;
 * its log is appended to `target/browser/server.log`.
 */
export async function startServer({ port = 0, context = '/', settings = {} } = {}) {
  mkdirSync(TARGET, { recursive: true });
  const properties = Object.entries(settings).map(([key, value]) => `-Dswitchboard.${key}=${value}`);
  const java = spawn('java', [...properties, '-jar', WAR, '--port', String(port), '--context', context], {
    stdio: ['ignore', 'pipe', openSync(`${TARGET}server.log`, 'a')],
  });
  running.add(java);
  const exited = once(java, 'exit').finally(() => running.delete(java));
  const url = await Promise.race([announcedUrl(java), exited]);
  if (typeof url !== 'string') {
    throw new Error(`the server did not start, see ${TARGET}server.log`);
  }
  return { url, port: Number(new URL(url).port), stop, kill };

  async function stop() {
    java.kill('SIGTERM');
    await exited;
  }

  /** Ends the server as `kill -9` does. */
  async function kill() {
    java.kill('SIGKILL');
    await exited;
  }
}

function announcedUrl(java) {
  return new Promise((resolve) => {
    createInterface({ input: java.stdout }).on('line', (line) => {
      const announced = RUNNING.exec(line);
      if (announced) {
        resolve(announced[1]);
      }
    });
  });
}

/** A file of channel rules, for the setting `rules`. */
export function writeRules(name, rules) {
  mkdirSync(TARGET, { recursive: true });
  const file = `${TARGET}${name}.json`;
  writeFileSync(file, JSON.stringify(rules));
  return file;
}
