import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { TARGET } from './browser.js';

/** The unit tests of the build unpack the program. */
const PROGRAMS = fileURLToPath(new URL('../../target/redis/', import.meta.url));

const running = new Set();

process.on('exit', () => running.forEach((redis) => redis.kill('SIGKILL')));

/** Starts a Redis on a free port, without a snapshot. */
export async function startRedis() {
  const program = readdirSync(PROGRAMS).find((file) => /^redis-server-[^.]+\.[^.]+\.[^.]+-\w+-\w+$/.test(file));
  if (!program) {
    throw new Error(`there is no redis-server in ${PROGRAMS}: ./mvnw package unpacks it`);
  }
  mkdirSync(TARGET, { recursive: true });
  const folder = mkdtempSync(`${TARGET}redis-`);
  const port = await freePort();
  let redis;
  await start();
  return { port, start, kill, freeze: () => redis.kill('SIGSTOP'), thaw: () => redis.kill('SIGCONT') };

  async function start() {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--logfile', 'redis.log'];
    redis = spawn(PROGRAMS + program, options, { cwd: folder, stdio: 'ignore' });
    running.add(redis);
    while (!(await answers(port))) {
      if (redis.exitCode !== null) {
        throw new Error(`Redis did not start, see ${folder}/redis.log`);
      }
    }
  }

  async function kill() {
    const exited = once(redis, 'exit');
    redis.kill('SIGKILL');
    await exited;
    running.delete(redis);
  }
}

async function freePort() {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

async function answers(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [reply] = await once(socket, 'data');
    return String(reply).startsWith('+PONG');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
