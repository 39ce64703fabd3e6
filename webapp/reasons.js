/** What a user can do about an answer of the server, by its code. */
const CURES = {
  101: 'This server wants a token or a login. With the client SDK there is a field for a token.',
  102: 'No channel rule of this server has a channel of this name.',
  103: 'No channel rule gives you this right; the log of the server names the rule.',
  109: 'The token has expired; enter a new one.',
  1009: 'The message is larger than this server takes.',
  3500: 'The token is not valid; the log of the server says why, and so does its command “token --check”.',
  3504: 'You have as many connections as this server allows a user.',
  3507: 'No channel rule gives you this right; the log of the server names the rule. A plain WebSocket cannot bring a token.',
};

/** Why the client library lost a connection, by its own codes. All others are codes of the server. */
const LOSSES = {
  1: 'the network or the server closed it',
  2: 'the server was silent for too long',
};

/** Returns an empty text if there is nothing to do. */
export function cure(code) {
  return CURES[code] ?? '';
}

export function loss(code, reason) {
  return LOSSES[code] ?? `${code} ${reason}`;
}

/** Finds out why a WebSocket does not open, which browsers do not tell. */
export async function whyUnconnected() {
  try {
    const { ok, status } = await fetch('health/ready', { cache: 'no-store' });
    if (status === 503) {
      return 'The server is about to stop, or it cannot work.';
    }
    if (!ok) {
      return `HTTP ${status}: a proxy answers instead of the server.`;
    }
    return 'The server answers, but no WebSocket opens: the server is full, or a proxy does not pass WebSocket on.';
  } catch {
    return 'The server does not answer.';
  }
}
