import { actButton, readOnlyHint } from './acts.js';
import { get } from './api.js';
import { address, card, el, facts, heading, link, name, setText, table, userLink } from './dom.js';
import { bytes, count, moment } from './numbers.js';
import { every } from './poll.js';
import { offers, ruleWords } from './why.js';

const NEWEST = 20;

/** A channel: its rule, its clients, its presence and its history. */
export function channel({ what }, signal) {
  const overview = facts();
  const problem = el('p', { class: 'problem', role: 'alert' });
  const clients = table('Clients in the channel', [
    { head: 'Client', wide: true, cell: ({ client }) => link('client', client) },
    { head: 'User', cell: ({ user }) => userLink(user) },
    { head: 'Do', cell: ({ client }) => actButton('unsubscribe', { channel: what, client }, { name: `Unsubscribe ${client}` }) },
  ], ({ client }) => client, 'No client of this node is in the channel.');
  const more = el('p', { class: 'soft' });
  const present = table('Clients that are present', [
    { head: 'Client', wide: true, cell: ({ client }) => link('client', client) },
    { head: 'User', cell: ({ user }) => userLink(user) },
  ], ({ client }) => client, 'No client is present.');
  const noPresence = el('p', { class: 'empty' }, 'The rule of this channel keeps no presence.');
  const past = history(what, signal);

  every(2, signal, async () => {
    const seen = await get('channel', { name: what }, signal);
    setText(problem, '');
    overview.show([
      ['Subscribers', count(seen.subscribers)],
      ['Namespace', seen.namespace || 'none'],
      ['Rule', ruleWords(seen.rule.rule)],
      ['History', seen.history ? `${count(seen.history.size)} publications` : 'none'],
      ...(seen.history ? [['Offset', String(seen.history.offset)], ['Epoch', seen.history.epoch]] : []),
      ...offers(seen.rule),
    ]);
    clients.show(seen.clients);
    setText(more, seen.subscribers > seen.clients.length && seen.clients.length > 0
      ? `${count(seen.clients.length)} of ${count(seen.subscribers)} are shown.` : '');
    noPresence.hidden = seen.presence !== null;
    present.element.hidden = seen.presence === null;
    present.show(seen.presence ?? []);
    past.allow(seen.history !== null);
  }, ({ message }) => setText(problem, message));

  return el('div', { class: 'view' },
    heading(['Channel ', name(what)],
      el('a', { class: 'button', href: address('do', '', { act: 'publish', channel: what }) }, 'Publish'),
      el('a', { class: 'button', href: address('watch', '', { channel: what }) }, 'Watch'),
      el('a', { class: 'button', href: address('why', '', { channel: what }) }, 'Why')),
    readOnlyHint(), problem,
    el('div', { class: 'overview' }, card('Overview', overview.element)),
    el('div', { class: 'halves' },
      card('Clients', clients.element, more),
      card('Presence', noPresence, present.element)),
    past.element);
}

/** The newest publications, when they are asked for; their payloads only if those are asked for too. */
function history(channelName, signal) {
  const none = el('p', { class: 'empty' }, 'The rule of this channel keeps no history.');
  const payloads = el('input', { type: 'checkbox', id: 'payloads' });
  const place = el('div');
  const show = el('button', { type: 'button', onclick: load }, `Show the last ${NEWEST}`);
  const form = el('div', { class: 'buttons', hidden: true }, show,
    el('label', { class: 'check', for: 'payloads' }, payloads, ' with payloads'));
  payloads.addEventListener('change', () => place.childElementCount > 0 && load());
  return { element: card('History', none, form, place), allow };

  function allow(kept) {
    none.hidden = kept;
    form.hidden = !kept;
  }

  async function load() {
    try {
      const { publications } = await get('history', { channel: channelName, limit: NEWEST, payloads: payloads.checked }, signal);
      const withData = payloads.checked;
      const shown = table('Newest publications', [
        { head: 'Offset', number: true, cell: ({ offset }) => String(offset) },
        { head: 'Time', cell: ({ time }) => moment(time && time / 1000) },
        { head: 'Size', number: true, cell: ({ size }) => bytes(size) },
        { head: 'From', cell: ({ client, user }) => client ? link('client', client, user || client) : el('span', { class: 'soft' }, 'the API') },
        ...(withData ? [{ head: 'Payload', wide: true, cell: payload }] : []),
      ], ({ offset }) => offset, 'The history is empty.');
      shown.show(publications);
      place.replaceChildren(shown.element);
    } catch (error) {
      if (!signal.aborted) {
        place.replaceChildren(el('p', { class: 'problem', role: 'alert' }, error.message));
      }
    }
  }
}

function payload({ data, b64data, cut }) {
  return el('code', { dir: 'auto' }, `${data ?? b64data ?? ''}${cut ? '…' : ''}`);
}
