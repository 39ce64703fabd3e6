import { setReadOnly, tell } from './acts.js';
import { logIn, onLostSession, openSession, post } from './api.js';
import { channel } from './channel.js';
import { client } from './client.js';
import { doActs } from './do.js';
import { address, byId, el, field, setText } from './dom.js';
import { feed } from './feed.js';
import { hot } from './hot.js';
import { nodes } from './nodes.js';
import { now } from './now.js';
import { timeZone } from './numbers.js';
import { search } from './search.js';
import { settings } from './settings.js';
import { user } from './user.js';
import { watch } from './watch.js';
import { why } from './why.js';

const VIEWS = { now, hot, channel, client, user, search, watch, do: doActs, why, nodes, settings };
const PARENTS = { channel: 'hot', client: 'hot', user: 'hot' };
const FIRST = 'now';
const NODE = 8; // characters that tell nodes apart
const UNAUTHORIZED = 401;
const RETRY = 3_000;
const PHASES = { connecting: 'Connecting…', connected: 'Live', paused: 'Paused', waiting: 'The connection is lost. Trying again…' };

const main = byId('main');
let session = null;
let phase = 'connecting';
let life = new AbortController(); // of the view

// Session

async function start() {
  try {
    session = await openSession();
    showSession();
    openView();
    feed.open({ phase: showPhase, notice: (text) => setText(byId('notice'), text), refused: ({ message }) => tell(message, 'bad') });
  } catch (error) {
    if (error.status === UNAUTHORIZED) {
      showLogin('');
    } else {
      showUnreachable(error.message);
    }
  }
}

function showSession() {
  byId('top').hidden = byId('foot').hidden = false;
  setReadOnly(session.mode !== 'all');
  byId('mode').hidden = session.mode === 'all';
  setText(byId('node'), `Node ${session.node.slice(0, NODE)} · ${session.version}`);
  setText(byId('zone'), `Times are in the time zone ${timeZone()}.`);
  const insecure = session.insecure ?? [];
  byId('insecure').hidden = insecure.length === 0;
  byId('insecure').replaceChildren(el('b', null, 'Insecure'), ...insecure.map((each) => el('p', null, each)));
}

/** The address keeps the view, which opens after the login. */
function showLogin(words) {
  close();
  const password = field('Password', { type: 'password', name: 'password', autocomplete: 'current-password', required: true });
  const problem = el('p', { class: 'problem', role: 'alert' });
  const button = el('button', { type: 'submit', class: 'main' }, 'Log in');
  main.replaceChildren(el('form', { id: 'login', class: 'card', onsubmit: submit },
    el('h1', { class: 'brand' }, el('img', { src: '../icon.svg', alt: '', width: 28, height: 28 }), 'Switchboard console'),
    words ? el('p', null, words) : null,
    el('input', { type: 'text', name: 'username', autocomplete: 'username', value: 'console', hidden: true }), // for password managers
    password.element, problem, button));
  document.title = 'Log in · Switchboard console';
  password.input.focus();

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    setText(problem, '');
    try {
      await logIn(password.input.value);
      start();
    } catch (error) {
      setText(problem, error.message);
      password.input.select();
      password.input.focus();
    }
    button.disabled = false;
  }
}

function showUnreachable(message) {
  close();
  main.replaceChildren(el('div', { class: 'card', id: 'login' }, el('h1', null, 'Switchboard console'),
    el('p', { class: 'problem', role: 'alert' }, `${message} Trying again…`)));
  setTimeout(start, RETRY);
}

function close() {
  life.abort();
  feed.close();
  session = null;
  byId('top').hidden = byId('foot').hidden = true;
  byId('question').close();
  setText(byId('notice'), '');
  tell('');
}

onLostSession(() => {
  if (session) {
    showLogin('Your session has ended. Please log in again.');
  }
});

byId('logout').addEventListener('click', async () => {
  try {
    await post('logout', '{}');
    if (await hasSession()) {
      tell('You have the login of an application; log out there.', 'bad');
    } else {
      showLogin('You are logged out.');
    }
  } catch (error) {
    tell(error.message, 'bad');
  }
});

/** Returns true after a logout if a login of the container is enough. */
function hasSession() {
  return openSession().then(() => true, () => false);
}

// Views

function openView(event) {
  if (!session) {
    return;
  }
  life.abort();
  life = new AbortController();
  tell('');
  const route = readAddress();
  const element = VIEWS[route.view]({ ...route, session }, life.signal);
  main.replaceChildren(element);
  const title = element.querySelector('h1');
  document.title = `${title.textContent} · Switchboard console`;
  for (const link of byId('views').querySelectorAll('a')) {
    const current = link.hash === address(PARENTS[route.view] ?? route.view);
    link.toggleAttribute('aria-current', false);
    if (current) {
      link.setAttribute('aria-current', route.view in PARENTS ? 'true' : 'page');
    }
  }
  if (event) { // not when the page has just been loaded
    scrollTo(0, 0);
    if (!element.contains(document.activeElement)) {
      title.focus();
    }
  }
}

/** `#/channel/news?x=y` is the view `channel` of `news`. */
function readAddress() {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [view, ...what] = path.split('/');
  return {
    view: Object.hasOwn(VIEWS, view) ? view : FIRST,
    what: decoded(what.join('/')),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch { // typed by hand, with a lone percent sign
    return text;
  }
}

addEventListener('hashchange', openView);

byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  location.hash = address('search', '', { q: byId('search-text').value.trim() });
});

byId('skip').addEventListener('click', (event) => {
  event.preventDefault(); // the address is that of the view
  main.focus();
});

// Live or paused

byId('pause').addEventListener('click', () => {
  feed.paused = !feed.paused;
  byId('pause').setAttribute('aria-pressed', String(feed.paused));
  showPhase(phase);
});

function showPhase(name) {
  phase = name;
  const shown = feed.paused && phase === 'connected' ? 'paused' : phase;
  byId('live').dataset.phase = shown;
  setText(byId('live'), PHASES[shown]);
}

start();
