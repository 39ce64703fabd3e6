import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { WebSocket } from 'ws';

/** Milliseconds within which whatever a test waits for must have happened. */
export const DEADLINE = 15_000;

const libraries = [
  ['5.8', 'JSON', 'centrifuge'],
  ['5.8', 'Protobuf', 'centrifuge/build/protobuf'],
  ['5.7', 'JSON', 'centrifuge-5.7'],
  ['5.7', 'Protobuf', 'centrifuge-5.7/build/protobuf'],
];

/**
 * The client libraries. An application gives data to the Protobuf build as bytes and gets bytes; `encode` and `decode` stand between those
 * and plain values.
 */
export const LIBRARIES = await Promise.all(
  libraries.map(async ([version, format, module]) => ({
    name: `centrifuge ${version} in ${format}`,
    format,
    Centrifuge: (await import(module)).Centrifuge,
    encode: format === 'JSON' ? (value) => value : (value) => new TextEncoder().encode(JSON.stringify(value)),
    decode: format === 'JSON' ? (data) => data : (data) => JSON.parse(new TextDecoder().decode(data)),
  })),
);

/**
 * A WebSocket as in browsers, where each message is a task of its own: centrifuge before 5.8 mixes up what comes in several messages of
 * several replies, if they are handed over in one go.
 */
export class BrowserSocket extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { allowSynchronousEvents: false });
  }
}

/** A kind of WebSocket that counts the pings of the client protocol, and loses the pongs once `isMute` is set. */
export function observedSocket() {
  return class Observed extends BrowserSocket {
    static pings = 0;
    static isMute = false;

    constructor(address, protocols) {
      super(address, protocols);
      this.on('message', (data) => {
        Observed.pings += isHeartbeat(data) ? 1 : 0;
      });
    }

    send(data) {
      if (!Observed.isMute || !isHeartbeat(data)) {
        super.send(data);
      }
    }
  };
}

/** A ping or a pong, which are `{}` in JSON and a single byte in Protobuf. */
function isHeartbeat(data) {
  return (data.byteLength ?? data.length) <= 2;
}

/** A JSON Web Token of HS256; `lifetime` in seconds. */
export function token(secret, claims, lifetime = 600) {
  const exp = Math.floor(Date.now() / 1000) + lifetime;
  const signed = [{ alg: 'HS256', typ: 'JWT' }, { ...claims, exp }].map((part) => base64(JSON.stringify(part))).join('.');
  return `${signed}.${base64(createHmac('sha256', secret).update(signed).digest())}`;
}

function base64(bytes) {
  return Buffer.from(bytes).toString('base64url');
}

/** Resolves with the first truthy value of `condition`, which may be asynchronous. */
export async function until(what, condition) {
  const end = performance.now() + DEADLINE;
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    if (performance.now() > end) {
      throw new Error(`waited in vain until ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The next `event` of a client or a subscription. */
export function next(emitter, event) {
  return new Promise((resolve, reject) => {
    const heard = (context) => {
      clearTimeout(timer);
      resolve(context);
    };
    const timer = setTimeout(() => {
      emitter.off(event, heard);
      reject(new Error(`waited in vain for '${event}' of ${emitter.channel ?? 'the client'}, which is ${emitter.state}`));
    }, DEADLINE);
    emitter.once(event, heard);
  });
}

/** All events of that name from now on, as they come. */
export function record(emitter, event) {
  const heard = [];
  emitter.on(event, (context) => heard.push(context));
  return heard;
}

/** A TCP relay to the local `port`, which can be cut: then all that is connected through it loses its connection, until it is mended. */
export async function startLink(port) {
  const sockets = new Set();
  let whole = true;
  const listener = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {}).on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
    if (!whole) {
      near.resetAndDestroy();
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return { port: listener.address().port, cut, mend, stop };

  function cut() {
    whole = false;
    sockets.forEach((socket) => socket.resetAndDestroy());
  }

  function mend() {
    whole = true;
  }

  function stop() {
    cut();
    listener.close();
  }
}
