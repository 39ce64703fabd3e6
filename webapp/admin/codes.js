const ERRORS = {
  100: 'internal server error',
  101: 'unauthorized',
  102: 'unknown channel',
  103: 'permission denied',
  104: 'not found',
  105: 'already subscribed',
  106: 'limit exceeded',
  107: 'bad request',
  108: 'not available',
  109: 'token expired',
  110: 'expired',
  111: 'too many requests',
  112: 'unrecoverable position',
};

const DISCONNECTS = {
  1000: 'closed',
  1001: 'gone away',
  1006: 'connection lost',
  1009: 'message size limit',
  3000: 'connection closed',
  3001: 'shutdown',
  3004: 'internal server error',
  3005: 'connection expired',
  3006: 'subscription expired',
  3008: 'slow',
  3009: 'write error',
  3010: 'insufficient state',
  3012: 'no pong',
  3013: 'too many requests',
  3500: 'invalid token',
  3501: 'bad request',
  3502: 'stale',
  3503: 'force disconnect',
  3504: 'connection limit',
  3505: 'channel limit',
  3506: 'inappropriate protocol',
  3507: 'permission denied',
  3508: 'not available',
  3509: 'too many errors',
};

export function errorName(code) {
  return named(code, ERRORS);
}

/** A connection that the client ended has no code of the relay. */
export function disconnectName(code) {
  return code === 'client' ? 'by the client' : named(code, DISCONNECTS);
}

function named(code, names) {
  return names[code] ? `${code} ${names[code]}` : String(code);
}
