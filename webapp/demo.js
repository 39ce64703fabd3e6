import { readable } from './json.js';
import { raw } from './raw.js';
import { sdk } from './sdk.js';

const MODES = { raw, sdk };
const DEFAULT_MODE = 'raw';
const DEFAULT_CHANNEL = 'hello';
const MAX_CHANNEL_BYTES = 255;
const MAX_MESSAGES = 500;
const MAX_PEOPLE = 100;
const COPY = 'Copy the message';
const COPIED_FOR = 2_000;

const element = (id) => document.getElementById(id);
const joinForm = element('join');
const modeFields = joinForm.elements.mode;
const channelField = element('channel');
const channelProblem = element('channel-problem');
const toggleButton = element('toggle');
const tokenField = element('token');
const stateLine = element('state');
const cureLine = element('cure');
const cutButton = element('cut');
const log = element('log');
const messages = element('messages');
const people = element('people');
const composeForm = element('compose');
const textField = element('text');
const textProblem = element('text-problem');
const sendButton = element('send');

let mode = '';
let channel = '';
let token = '';
let connection = null;
let phase = 'idle';
let waiting = []; // messages not yet in the page
let following = true; // the log shows its end
const copies = new WeakMap(); // the text of each button that copies one
let present = null; // who is there, if it is not yet in the page

/** What a connection may change on the page. */
const page = { showState, showCure, add, note, showPeople, showUnsent };

// Joining and leaving

function join(name, how = mode) {
  drop();
  if (how !== mode) {
    mode = how;
    clearMessages(); // or the history would show them again
    showMode();
  }
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
  token = tokenField.value.trim();
  showAddress();
  connection = MODES[mode].connect(channel, page, token);
}

function leave() {
  drop();
  showState('idle', MODES[mode].farewell);
}

function drop() {
  const dropped = connection;
  connection = null;
  dropped?.close();
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
  if (/\p{Control}/u.test(name)) {
    return 'A channel name cannot have control characters.';
  }
  return MODES[mode].problemWith(name);
}

// Messages

function send() {
  const text = textField.value;
  if (phase !== 'connected' || text === '') {
    return;
  }
  textField.value = '';
  showTextProblem('');
  connection.send(text);
}

/** Puts a message that was not sent back into the field, before the text that was typed since. */
function showUnsent(text, problem) {
  textField.value = textField.value === '' ? text : `${text}\n${textField.value}`;
  showTextProblem(problem);
}

// Draws once per animation frame. A tab in the background gets no frames and keeps the latest messages.
function add(message) {
  if (waiting.length === 0) {
    requestAnimationFrame(showWaiting);
  }
  waiting.push(message);
  if (waiting.length > MAX_MESSAGES) {
    waiting.shift();
  }
}

/** Adds a line about the channel between the messages; `tone` is `quiet`, `good` or `lost`. */
function note(tone, text) {
  add({ kind: `note ${tone}`, text, at: new Date() });
}

function showWaiting() {
  following ||= waiting.some(({ kind }) => kind === 'own');
  const newest = messages.querySelector('.copy[tabindex="0"]');
  const shown = waiting;
  waiting = []; // before all that may fail, or no later message would be shown
  messages.append(...shown.map(messageItem));
  showNewestCopy(newest);
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

function messageItem({ kind, who, text, code, at }) {
  const time = create('time', '', at?.toLocaleTimeString() ?? '');
  if (at) {
    time.dateTime = at.toISOString();
  }
  const shown = readable(text);
  const content = create('div', shown === text ? 'text' : 'text json', shown);
  content.dir = 'auto';
  if (code) {
    content.append(create('code', '', code));
  }
  const item = create('li', kind, '');
  item.append(...(who ? [time, create('span', 'who', who), content, copyButton(code ? `${text} ${code}` : text)] : [time, content]));
  return item;
}

// Copies of messages

function copyButton(text) {
  const button = create('button', 'copy', '');
  button.type = 'button';
  button.tabIndex = -1;
  button.setAttribute('aria-label', COPY);
  button.setAttribute('aria-live', 'off'); // or screen readers would read it with each message
  copies.set(button, text);
  return button;
}

/** Lets the Tab key reach the newest message alone, because there may be hundreds; arrows lead to the others. */
function showNewestCopy(before) {
  const newest = [...messages.querySelectorAll('.copy')].at(-1);
  if (newest && document.activeElement !== before) {
    before?.setAttribute('tabindex', '-1');
    newest.tabIndex = 0;
  }
}

/** Without the clipboard, which is for https and localhost alone, the text is selected, and the user copies it. */
async function copy(button) {
  const content = button.parentElement.querySelector('.text');
  try {
    await navigator.clipboard.writeText(copies.get(button));
    button.setAttribute('aria-label', 'Copied');
    setTimeout(() => button.setAttribute('aria-label', COPY), COPIED_FOR);
    showOutcome('The message is copied.');
  } catch {
    getSelection().selectAllChildren(content);
    showOutcome('The message is selected; copy it with the keys of your system.');
  }
}

/** Tells screen readers what became of a copy. */
function showOutcome(text) {
  const line = element('copied');
  line.textContent = text;
  setTimeout(() => {
    line.textContent = '';
  }, COPIED_FOR);
}

function moveCopy(button, step) {
  const all = [...messages.querySelectorAll('.copy')];
  const next = all[all.indexOf(button) + step];
  if (next) {
    button.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

function create(name, className, text) {
  const created = document.createElement(name);
  created.className = className;
  created.textContent = text;
  return created;
}

// Presence

/** `entries` is null if the presence is not known. */
function showPeople(entries, remark) {
  if (present === null) {
    requestAnimationFrame(showPresent);
  }
  present = { entries, remark };
}

function showPresent() {
  const { entries, remark } = present;
  present = null;
  element('people-count').textContent = entries?.length ?? '';
  const items = (entries ?? []).toSorted((a, b) => b.own - a.own).slice(0, MAX_PEOPLE).map(({ name, own }) => {
    const item = create('li', own ? 'own' : '', name);
    if (own) {
      item.append(create('span', 'who', ' you'));
    }
    return item;
  });
  if (entries?.length > MAX_PEOPLE) {
    items.push(create('li', '', `and ${entries.length - MAX_PEOPLE} more`));
  }
  element('people-list').replaceChildren(...items);
  element('people-remark').textContent = remark;
}

// Texts of the page

function showState(newPhase, text, help = '') {
  phase = newPhase;
  stateLine.dataset.phase = phase;
  stateLine.textContent = text;
  showCure(help);
  sendButton.disabled = phase !== 'connected';
  cutButton.disabled = phase !== 'connected';
  showToggle();
}

/** Shows why a connection fails, or what helps. */
function showCure(help) {
  cureLine.textContent = help;
}

function showToggle() {
  const connects = wantsToJoin();
  toggleButton.dataset.action = connects ? 'connect' : 'disconnect';
  toggleButton.textContent = connects ? 'Connect' : phase === 'connected' ? 'Disconnect' : 'Cancel';
}

function wantsToJoin() {
  return phase === 'idle' || phase === 'closed' || channelField.value !== channel || tokenField.value.trim() !== token;
}

function showProblem(problem) {
  channelProblem.textContent = problem;
  channelField.setAttribute('aria-invalid', String(problem !== ''));
}

function showTextProblem(problem) {
  textProblem.textContent = problem;
}

function showMode() {
  modeFields.value = mode;
  document.body.dataset.mode = mode;
  cutButton.hidden = people.hidden = element('credential').hidden = element('recovery-hint').hidden = mode !== 'sdk';
}

function showAddress() {
  const address = new URL(location.href);
  if (mode === DEFAULT_MODE) {
    address.searchParams.delete('mode');
  } else {
    address.searchParams.set('mode', mode);
  }
  address.hash = encodeURIComponent(channel);
  if (location.hash === '') {
    history.replaceState(null, '', address);
  } else if (channelInAddress() !== channel || modeInAddress() !== mode) {
    history.pushState(null, '', address);
  }
  document.title = `${channel} · Switchboard`;
  element('second-tab').href = address;
  element('use').textContent = MODES[mode].use;
  element('snippet').textContent = MODES[mode].code(channel);
}

function channelInAddress() {
  const name = location.hash.slice(1);
  try {
    return decodeURIComponent(name);
  } catch { // typed by hand, with a lone percent sign
    return name;
  }
}

function modeInAddress() {
  const name = new URLSearchParams(location.search).get('mode');
  return Object.hasOwn(MODES, name) ? name : DEFAULT_MODE;
}

function followAddress() {
  const how = modeInAddress();
  const name = channelInAddress() || DEFAULT_CHANNEL;
  channelField.value = name;
  if (how !== mode || name !== channel || phase === 'idle') {
    join(name, how);
  }
}

// Actions of the user

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

joinForm.addEventListener('change', ({ target }) => {
  if (target.name === 'mode') {
    join(channelField.value, target.value);
  }
});

channelField.addEventListener('input', () => {
  showProblem('');
  showToggle();
});

tokenField.addEventListener('input', showToggle);

tokenField.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && wantsToJoin()) {
    event.preventDefault();
    join(channelField.value);
  }
});

cutButton.addEventListener('click', () => connection.cut());

messages.addEventListener('click', ({ target }) => {
  if (copies.has(target)) {
    copy(target);
  }
});

messages.addEventListener('keydown', (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step && copies.has(event.target)) {
    event.preventDefault();
    moveCopy(event.target, step);
  }
});

composeForm.addEventListener('submit', (event) => {
  event.preventDefault();
  send();
});

textField.addEventListener('input', () => showTextProblem(''));

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
window.addEventListener('popstate', followAddress); // of the mode alone
window.addEventListener('hashchange', followAddress);
followAddress();
