import { get } from './api.js';
import { card, el, heading, link, Rows, setText, userLink } from './dom.js';
import { byteRate, bytes, count, milliseconds, rate } from './numbers.js';
import { every } from './poll.js';

const LIMIT = 10;

const LISTS = [
  ['Channels by messages', 'No channel has messages.', (top) => top.channels.messages, channelName, ({ value }) => rate(value)],
  ['Channels by bytes', 'No channel has messages.', (top) => top.channels.bytes, channelName, ({ value }) => byteRate(value)],
  ['Channels by subscribers', 'No channel has subscribers.', (top) => top.channels.subscribers, channelName, ({ value }) => count(value)],
  ['Slow clients: waiting bytes and their age', 'No client has to wait.', (top) => top.clients.outbox, clientName,
    ({ value, age }) => `${bytes(value)}, ${milliseconds(age)}`],
  ['Clients by messages', 'No client sends messages.', (top) => top.clients.messages, clientName, ({ value }) => rate(value)],
  ['Clients by errors', 'No client gets errors.', (top) => top.clients.errors, clientName, ({ value }) => rate(value)],
  ['Reconnects by user or address', 'No client comes back again and again.', (top) => top.reconnects, userOrAddress, ({ value }) => count(value)],
];

/** The top lists: which channels are hot, which clients are slow. */
export function hot(_, signal) {
  const lists = LISTS.map(([title, empty, itemsOf, nameOf, textOf]) => ranking(title, empty, itemsOf, nameOf, textOf));
  const period = el('p', { class: 'soft' }, 'What is hot and what is slow on this node.');
  const problem = el('p', { class: 'problem', role: 'alert' });
  every(2, signal, async () => {
    const top = await get('top', { limit: LIMIT }, signal);
    setText(period, `Rates and reconnects are those of the last ${top.seconds} seconds, on this node.`);
    setText(problem, '');
    lists.forEach((list) => list.show(top));
  }, ({ message }) => setText(problem, message));
  return el('div', { class: 'view' }, heading('Hot and slow'), period, problem,
    el('div', { class: 'lists' }, lists.map(({ element }) => element)));
}

function ranking(title, empty, itemsOf, nameOf, textOf) {
  const list = el('ol', { class: 'ranking' });
  const none = el('p', { class: 'empty' }, empty);
  let most = 1;
  const rows = new Rows(list, (item) => {
    const value = el('span', { class: 'value' });
    const bar = el('span', { class: 'share' });
    const element = el('li', null, el('span', { class: 'what' }, nameOf(item)), value, bar);
    return {
      element,
      update(now) {
        setText(value, textOf(now));
        bar.style.setProperty('--share', (now.value / most).toFixed(3));
      },
    };
  });
  return {
    element: card(title, list, none),
    show(top) {
      const items = itemsOf(top);
      most = Math.max(1e-9, ...items.map(({ value }) => value));
      none.hidden = items.length > 0;
      rows.show(items, ({ channel, client, user, address }) => JSON.stringify([channel, client, client ? '' : [user, address]]));
    },
  };
}

function channelName({ channel }) {
  return link('channel', channel);
}

function clientName({ client, user, address }) {
  return [link('client', client), el('span', { class: 'soft' }, userLink(user), address ? ` · ${address}` : '')];
}

function userOrAddress({ user, address }) {
  return user ? [userLink(user), el('span', { class: 'soft' }, 'user')] : [address, el('span', { class: 'soft' }, 'address')];
}
