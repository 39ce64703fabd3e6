/** An answer that is not what was asked for; its message is a sentence for the user. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const UNAUTHORIZED = 401;
const TOO_MANY = 429;

let csrf = '';
let lost = () => {};

/** `listener` is called when the session has ended. */
export function onLostSession(listener) {
  lost = listener;
}

/** Returns the session; a refusal with status 401 means that there is none. */
export async function openSession() {
  const session = await read(await ask('session', {}));
  csrf = session.csrf;
  return session;
}

export async function logIn(password) {
  await read(await ask('login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ password }) }));
}

export function get(path, query, signal) {
  return answer(path, query, { signal });
}

/** `body` is the text of a JSON object. */
export function post(path, body) {
  return answer(path, {}, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Switchboard-Csrf': csrf }, body });
}

/** Returns the response of an event stream. */
export async function stream(path, query, headers, signal) {
  const response = await ask(withQuery(path, query), { headers: { Accept: 'text/event-stream', ...headers }, signal });
  if (!response.ok) {
    await guarded(() => read(response));
  }
  return response;
}

async function answer(path, query, options) {
  return guarded(async () => read(await ask(withQuery(path, query), options)));
}

async function guarded(call) {
  try {
    return await call();
  } catch (error) {
    if (error.status === UNAUTHORIZED) {
      lost();
    }
    throw error;
  }
}

function withQuery(path, query = {}) {
  const search = new URLSearchParams(query).toString();
  return search ? `${path}?${search}` : path;
}

async function ask(path, options) {
  try {
    return await fetch(`api/${path}`, { cache: 'no-store', ...options });
  } catch (error) {
    if (error.name === 'AbortError') {
      throw error;
    }
    throw new Refusal(0, 'The server does not answer.');
  }
}

async function read(response) {
  const body = await response.json().catch(() => null);
  if (response.ok) {
    return body ?? {};
  }
  const message = body?.error?.message ?? `HTTP ${response.status}: something else than the console answers.`;
  throw new Refusal(response.status, response.status === TOO_MANY ? withPause(message, response.headers.get('Retry-After')) : message);
}

function withPause(message, seconds) {
  return seconds ? `${message.replace(/\.?$/, '.')} Try again in ${seconds} ${seconds === '1' ? 'second' : 'seconds'}.` : message;
}
