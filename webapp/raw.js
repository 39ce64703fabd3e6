import { cure, whyUnconnected } from './reasons.js';

const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 20_000;
const STABLE_AFTER = 5_000;
const PREVIEW_BYTES = 16;

const MESSAGE_TOO_BIG = 1009;
const FAREWELL = 'disconnected by you';

/** Uses one plain WebSocket for each channel; a message is a frame. */
export const raw = {
  connect,
  problemWith,
  farewell: `Closed: 1000 ${FAREWELL}`,
  use: 'Any page of this site connects with one line:',
  code: (channel) => `new WebSocket(${JSON.stringify(socketUrl(channel))})`,
};

function problemWith(name) {
  if (name === '.' || name === '..') { // URLs drop such a segment, even when it is percent-encoded
    return 'A channel cannot be named with dots alone.';
  }
  if (/[/\\]/.test(name)) { // servers refuse it in a path, even when it is percent-encoded
    return 'A channel name cannot have a slash or a backslash here.';
  }
  return '';
}

function socketUrl(name) {
  const url = new URL('raw/' + encodeURIComponent(name), document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

function connect(channel, page) {
  let socket = null; // events of any other are stale
  let unconfirmed = []; // texts that have not come back from the server
  let failures = 0;
  let retryTimer = 0;
  open();
  return { send, close };

  function open() {
    const opening = new WebSocket(`${socketUrl(channel)}?echo=true`);
    let openedAt = Infinity;
    socket = opening;
    retryTimer = 0;
    opening.binaryType = 'arraybuffer';
    page.showState('connecting', 'Connecting…');
    listen('open', () => {
      openedAt = performance.now();
      page.showState('connected', `Connected to ${channel}`);
    });
    listen('message', ({ data }) => arrived(data));
    listen('close', ({ code, reason }) => {
      socket = null;
      // Without this, a server that accepts and closes at once would get two connections a second for ever.
      failures = performance.now() - openedAt > STABLE_AFTER ? 1 : failures + 1;
      giveBack(code, reason || 'connection lost');
      closed(code, reason || (openedAt === Infinity ? 'could not connect' : 'connection lost'));
      if (openedAt === Infinity) {
        explain();
      }
    });

    function listen(type, listener) {
      opening.addEventListener(type, (event) => {
        if (socket === opening) {
          listener(event);
        }
      });
    }
  }

  function arrived(data) {
    const own = unconfirmed.indexOf(data);
    if (own >= 0) {
      unconfirmed.splice(own, 1);
      page.add(message(data, 'own', 'You'));
    } else {
      page.add(message(data, 'other', 'Received'));
    }
  }

  function giveBack(code, reason) {
    if (unconfirmed.length > 0) {
      const unsure = code !== MESSAGE_TOO_BIG;
      page.showUnsent(unconfirmed.join('\n'), `${unsure ? 'Perhaps not sent' : 'Not sent'}: ${code} ${reason}`);
      unconfirmed = [];
    }
  }

  async function explain() {
    const attempt = retryTimer;
    const why = await whyUnconnected();
    if (attempt === retryTimer) {
      page.showCure(why);
    }
  }

  function closed(code, reason) {
    if (isTerminal(code)) {
      page.showState('closed', `Closed: ${code} ${reason}. Not trying again.`, cure(code));
      return;
    }
    const delay = retryDelay(failures);
    const seconds = Math.ceil(delay / 1000);
    page.showState('waiting', `Closed: ${code} ${reason}. Trying again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`);
    retryTimer = setTimeout(open, delay);
  }

  function send(text) {
    unconfirmed.push(text.toWellFormed?.() ?? text); // as it comes back
    socket.send(text);
  }

  function close() {
    clearTimeout(retryTimer);
    retryTimer = 0;
    giveBack(1000, FAREWELL);
    const dropped = socket;
    socket = null;
    dropped?.close(1000, FAREWELL);
  }
}

function isTerminal(code) {
  return code === MESSAGE_TOO_BIG || (code >= 3500 && code < 4000) || (code >= 4500 && code < 5000);
}

// The delay is random, so that the pages of a restarted server do not all reconnect at one moment.
function retryDelay(failures) {
  const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1));
  return longest * (0.5 + Math.random() / 2);
}

function message(data, kind, who) {
  return { kind, who, at: new Date(), ...(typeof data === 'string' ? { text: unquoted(data) } : binary(new Uint8Array(data))) };
}

/** A client library sends JSON. Text that a user types there is a JSON string. */
function unquoted(text) {
  if (!text.startsWith('"')) {
    return text;
  }
  try {
    return JSON.parse(text);
  } catch { // just a text that begins with a quotation
    return text;
  }
}

function binary(bytes) {
  const hex = Array.from(bytes.subarray(0, PREVIEW_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return {
    text: `${bytes.length} ${bytes.length === 1 ? 'byte' : 'bytes'}`,
    code: bytes.length > PREVIEW_BYTES ? `${hex} …` : hex,
  };
}
