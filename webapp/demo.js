const DEFAULT_CHANNEL = 'hello';
const MAX_CHANNEL_BYTES = 255;
const MAX_MESSAGES = 500;
const PREVIEW_BYTES = 16;
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 20_000;
const STABLE_AFTER = 5_000;

const MESSAGE_TOO_BIG = 1009;

const element = (id) => document.getElementById(id);
const joinForm = element('join');
const channelField = element('channel');
const channelProblem = element('channel-problem');
const toggleButton = element('toggle');
const stateLine = element('state');
const log = element('log');
const messages = element('messages');
const composeForm = element('compose');
const textField = element('text');
const sendButton = element('send');

let channel = '';
let socket = null; // events of any other are stale
let phase = 'idle';
let failures = 0;
let retryTimer = 0;
let waiting = []; // messages not yet in the page
let following = true; // the log shows its end

// Joining and leaving

function join(name) {
  drop('changed the channel');
  const problem = problemWith(name);
  showProblem(problem);
  if (problem) {
    showState('idle', 'Not connected');
    return;
  }
  if (name !== channel) {
    channel = name;
    clearMessages();
  }
  channelField.value = name;
  showAddress();
  failures = 0;
  connect();
}

function leave() {
  drop('disconnected by you');
  showState('idle', closeText(1000, 'disconnected by you'));
}

function drop(reason) {
  clearTimeout(retryTimer);
  const dropped = socket;
  socket = null;
  dropped?.close(1000, reason);
}

function problemWith(name) {
  if (name === '') {
    return 'Please give the channel a name.';
  }
  if (/\p{Surrogate}/u.test(name)) {
    return 'This channel name contains half a character.';
  }
  const size = new TextEncoder().encode(name).length;
  if (size > MAX_CHANNEL_BYTES) {
    return `This channel name is too long: it has ${size} bytes, and at most ${MAX_CHANNEL_BYTES} are allowed.`;
  }
  if (name === '.' || name === '..') { // URLs drop such a segment, even when it is percent-encoded
    return 'A channel cannot be named with dots alone.';
  }
  if (/[/\\]/.test(name)) { // servers refuse it in a path, even when it is percent-encoded
    return 'A channel name cannot have a slash or a backslash here.';
  }
  if (/\p{Control}/u.test(name)) {
    return 'A channel name cannot have control characters.';
  }
  return '';
}

function socketUrl(name) {
  const url = new URL('raw/' + encodeURIComponent(name), document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

// The connection

function connect() {
  const opening = new WebSocket(socketUrl(channel));
  let openedAt = Infinity;
  socket = opening;
  opening.binaryType = 'arraybuffer';
  showState('connecting', 'Connecting…');
  listen('open', () => {
    openedAt = performance.now();
    showState('connected', `Connected to ${channel}`);
  });
  listen('message', ({ data }) => add(data, false));
  listen('close', ({ code, reason }) => {
    socket = null;
    // A server that accepts and closes at once must not be asked twice a second for ever.
    failures = performance.now() - openedAt > STABLE_AFTER ? 1 : failures + 1;
    closed(code, reason || (openedAt === Infinity ? 'could not connect' : 'connection lost'));
  });

  function listen(type, listener) {
    opening.addEventListener(type, (event) => {
      if (socket === opening) {
        listener(event);
      }
    });
  }
}

function closed(code, reason) {
  if (isTerminal(code)) {
    showState('closed', `${closeText(code, reason)}. Not trying again.`);
    return;
  }
  const delay = retryDelay();
  const seconds = Math.ceil(delay / 1000);
  showState('waiting', `${closeText(code, reason)}. Trying again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`);
  retryTimer = setTimeout(connect, delay);
}

function closeText(code, reason) {
  return `Closed: ${code} ${reason}`;
}

function isTerminal(code) {
  return code === MESSAGE_TOO_BIG || (code >= 3500 && code < 4000) || (code >= 4500 && code < 5000);
}

// Spread out, so that the pages of a restarted server do not all come back in one moment.
function retryDelay() {
  const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1));
  return longest * (0.5 + Math.random() / 2);
}

// Messages

function send() {
  const text = textField.value;
  if (socket?.readyState !== WebSocket.OPEN || text === '') {
    return;
  }
  socket.send(text);
  add(text, true);
  textField.value = '';
}

// Once per frame, however fast they come; a tab in the background gets no frames and keeps the latest.
function add(data, own) {
  if (waiting.length === 0) {
    requestAnimationFrame(showWaiting);
  }
  waiting.push({ data, own, at: new Date() });
  if (waiting.length > MAX_MESSAGES) {
    waiting.shift();
  }
}

function showWaiting() {
  following ||= waiting.some(({ own }) => own);
  messages.append(...waiting.map(messageItem));
  waiting = [];
  while (messages.childElementCount > MAX_MESSAGES) {
    messages.firstElementChild.remove();
  }
  showEnd();
}

function showEnd() {
  if (following) {
    log.scrollTop = log.scrollHeight;
  }
}

function isAtEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 40;
}

function clearMessages() {
  waiting = [];
  messages.replaceChildren();
}

function messageItem({ data, own, at }) {
  const time = create('time', '', at.toLocaleTimeString());
  time.dateTime = at.toISOString();
  const text = create('div', 'text', '');
  text.dir = 'auto';
  text.append(...(typeof data === 'string' ? [data] : binaryContent(new Uint8Array(data))));
  const item = create('li', own ? 'own' : 'other', '');
  item.append(time, create('span', 'who', own ? 'You' : 'Received'), text);
  return item;
}

function binaryContent(bytes) {
  const size = `${bytes.length} ${bytes.length === 1 ? 'byte' : 'bytes'}`;
  const hex = Array.from(bytes.subarray(0, PREVIEW_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return [size, create('code', '', bytes.length > PREVIEW_BYTES ? `${hex} …` : hex)];
}

function create(name, className, text) {
  const created = document.createElement(name);
  created.className = className;
  created.textContent = text;
  return created;
}

// What the page says

function showState(newPhase, text) {
  phase = newPhase;
  stateLine.dataset.phase = phase;
  stateLine.textContent = text;
  sendButton.disabled = phase !== 'connected';
  showToggle();
}

function showToggle() {
  const connects = wantsToJoin();
  toggleButton.dataset.action = connects ? 'connect' : 'disconnect';
  toggleButton.textContent = connects ? 'Connect' : phase === 'connected' ? 'Disconnect' : 'Cancel';
}

function wantsToJoin() {
  return phase === 'idle' || phase === 'closed' || channelField.value !== channel;
}

function showProblem(problem) {
  channelProblem.textContent = problem;
  channelField.setAttribute('aria-invalid', String(problem !== ''));
}

function showAddress() {
  const address = '#' + encodeURIComponent(channel);
  if (location.hash === '') {
    history.replaceState(null, '', address);
  } else if (channelInAddress() !== channel) {
    history.pushState(null, '', address);
  }
  document.title = `${channel} · Switchboard`;
  element('second-tab').href = address;
  element('snippet').textContent = `new WebSocket(${JSON.stringify(socketUrl(channel))})`;
}

function channelInAddress() {
  const name = location.hash.slice(1);
  try {
    return decodeURIComponent(name);
  } catch { // typed by hand, with a lone percent sign
    return name;
  }
}

function joinChannelInAddress() {
  const name = channelInAddress() || DEFAULT_CHANNEL;
  channelField.value = name;
  if (name !== channel || phase === 'idle') {
    join(name);
  }
}

// What the user does

joinForm.addEventListener('submit', (event) => {
  event.preventDefault();
  if (wantsToJoin()) {
    join(channelField.value);
  }
});

toggleButton.addEventListener('click', () => {
  if (wantsToJoin()) {
    join(channelField.value);
  } else {
    leave();
  }
});

channelField.addEventListener('input', () => {
  showProblem('');
  showToggle();
});

composeForm.addEventListener('submit', (event) => {
  event.preventDefault();
  send();
});

textField.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});

log.addEventListener('scroll', () => {
  following = isAtEnd();
});

new ResizeObserver(showEnd).observe(log);
window.addEventListener('hashchange', joinChannelInAddress);
joinChannelInAddress();
