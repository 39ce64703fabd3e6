import { address, el, field, heading, link, setText } from './dom.js';
import { bytes, clock, count, noun } from './numbers.js';
import { follow } from './stream.js';

const KEPT = 300;
const DRAWN_EVERY = 500;
const KINDS = { channel: 'Channel', client: 'Client', user: 'User' };

/** A live trace of one channel, client or user. The address names it: `#/watch?channel=news`. */
export function watch({ query }, signal) {
  const chosen = Object.keys(KINDS).find((kind) => query[kind]);
  const kinds = Object.entries(KINDS).map(([kind, label]) => el('option', { value: kind, selected: kind === (chosen ?? 'channel') }, label));
  const kind = el('select', { id: 'watch-kind', 'aria-label': 'What to watch' }, kinds);
  const whom = field('Name', { type: 'text', required: true });
  const payloads = el('input', { type: 'checkbox', id: 'watch-payloads', checked: query.payloads === 'true' });
  const state = el('p', { role: 'status', class: 'soft' }, 'Nothing is watched.');
  const list = el('ol', { class: 'trace', 'aria-label': 'Events', tabindex: '0' });
  const none = el('p', { class: 'empty' }, chosen ? 'No event yet.' : 'Name a channel, a client or a user, and see each event of it as it happens.');
  const toggle = el('button', { type: 'submit', class: 'main' }, 'Watch');
  let waiting = [];
  let life = null;
  let total = 0;
  let drawing = 0;
  whom.input.value = chosen ? query[chosen] : '';
  signal.addEventListener('abort', stop);
  if (chosen) {
    start(chosen, query[chosen], query.payloads === 'true');
  }

  return el('div', { class: 'view' }, heading('Watch'),
    el('form', { class: 'line', onsubmit: submit },
      el('div', { class: 'field narrow' }, el('label', { for: 'watch-kind' }, 'What'), kind),
      whom.element,
      el('label', { class: 'check', for: 'watch-payloads' }, payloads, ' with payloads'),
      toggle),
    state, el('div', { class: 'card' }, list, none));

  function submit(event) {
    event.preventDefault();
    if (life) {
      stop();
      setText(state, 'Stopped.');
      return;
    }
    const next = address('watch', '', { [kind.value]: whom.input.value, payloads: payloads.checked ? 'true' : '' });
    if (next === location.hash) {
      start(kind.value, whom.input.value, payloads.checked);
    } else {
      location.hash = next; // opens this view anew
    }
  }

  async function start(key, value, withPayloads) {
    life = new AbortController();
    const own = life;
    setText(toggle, 'Stop');
    setText(state, 'Connecting…');
    try {
      await follow('watch', { [key]: value, payloads: withPayloads }, {
        hear: (_, event) => add(event),
        phase: (phase) => setText(state, phase === 'connected' ? `Watching the ${key} ${value}.` : 'The connection is lost. Trying again…'),
        signal: own.signal,
      });
    } catch (error) {
      stop();
      setText(state, error.message);
    }
  }

  function stop() {
    life?.abort();
    life = null;
    clearTimeout(drawing);
    drawing = 0;
    setText(toggle, 'Watch');
  }

  function add(event) {
    total++;
    waiting.push(event);
    if (waiting.length > KEPT) {
      waiting.shift();
    }
    drawing ||= setTimeout(draw, DRAWN_EVERY);
  }

  function draw() {
    drawing = 0;
    list.prepend(...waiting.reverse().map(line));
    waiting = [];
    while (list.childElementCount > KEPT) {
      list.lastElementChild.remove();
    }
    none.hidden = true;
    list.setAttribute('aria-label', `Events, the newest ${count(Math.min(total, KEPT))} of ${count(total)}`);
  }
}

function separated(parts) {
  return parts.filter(Boolean).map((part, i) => [i > 0 ? el('span', { class: 'soft' }, ' · ') : null, part]);
}

function line({ at, event, count: skipped, client, user, channel, size, code, message, clients, data, b64data, cut }) {
  if (event === 'skipped') {
    return el('li', { class: 'skipped' }, el('span', { class: 'what' }, `${count(skipped)} events were too many to show.`));
  }
  const payload = data ?? b64data;
  return el('li', null,
    el('time', null, clock(at)),
    el('b', { 'data-event': event }, event),
    el('span', { class: 'what' }, separated([
      channel && ['channel ', link('channel', channel)],
      client && ['client ', link('client', client)],
      user && ['user ', link('user', user)],
      [code, message].filter(Boolean).join(' '),
      clients && `to ${noun(clients, 'client')}`,
      size === undefined ? '' : bytes(size),
    ])),
    payload === undefined ? null : el('code', { dir: 'auto' }, `${payload}${cut ? '…' : ''}`));
}
