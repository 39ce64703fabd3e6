import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { WebSocket } from 'ws';

/** The longest wait of a test, in milliseconds. */
export const DEADLINE = 15_000;

const libraries = [
  ['5.8', 'JSON', 'centrifuge'],
  ['5.8', 'Protobuf', 'centrifuge/build/protobuf'],
  ['5.7', 'JSON', 'centrifuge-5.7'],
  ['5.7', 'Protobuf', 'centrifuge-5.7/build/protobuf'],
];

/**
 * The client libraries. The Protobuf build takes and returns data as bytes; `encode` and `decode` convert plain values.
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
 * A WebSocket that handles each message in its own task, as browsers do. Without that, centrifuge before 5.8 mixes up the replies of
 * several messages.
 */
export class BrowserSocket extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { allowSynchronousEvents: false });
  }
}

/** A WebSocket that counts the pings of the client protocol, and drops the pongs while `isMute` is set. */
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

/** Whether a frame is a ping or a pong: `{}` in JSON and a single byte in Protobuf. */
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

/** Collects all events of that name from now on. */
export function record(emitter, event) {
  const heard = [];
  emitter.on(event, (context) => heard.push(context));
  return heard;
}

/**
 * A TCP proxy to the local `port`, or to another one when it is led there. When it is cut, all its connections close, and no new ones open
 * until it is mended.
 */
export async function startLink(port) {
  const sockets = new Set();
  let whole = true;
  let target = port;
  const listener = createServer((near) => {
    const far = connect(target, '127.0.0.1');
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
  return { port: listener.address().port, cut, mend, lead, stop };

  function cut() {
    whole = false;
    sockets.forEach((socket) => socket.resetAndDestroy());
  }

  function mend() {
    whole = true;
  }

  function lead(other) {
    target = other;
  }

  function stop() {
    cut();
    listener.close();
  }
}
