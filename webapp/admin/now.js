import { get } from './api.js';
import { chart, keyed } from './charts.js';
import { disconnectName, errorName } from './codes.js';
import { el, heading, link, setText } from './dom.js';
import { feed } from './feed.js';
import { byteRate, bytes, count, milliseconds, rate, short, whole } from './numbers.js';
import { every } from './poll.js';

const TILES = [
  ['Connections', (point) => count(point.connections)],
  ['Users', (point) => count(point.users)],
  ['Channels', (point) => count(point.channels)],
  ['Subscriptions', (point) => count(point.subscriptions)],
  ['Received', (point) => byteRate(point.bytesIn)],
  ['Sent', (point) => byteRate(point.bytesOut)],
];

const CHARTS = () => [
  { title: 'Connections', format: count, axis: whole, series: () => [['all', 'open', (point) => point.connections]] },
  {
    title: 'Messages',
    format: rate,
    axis: short,
    series: () => [['in', 'published', (point) => point.in], ['out', 'delivered', (point) => point.out]],
  },
  {
    title: 'Delivery delay',
    sparse: true, // the relay measures one delivery of many
    format: milliseconds,
    empty: 'Nothing was delivered.',
    series: () => [['p50', 'p50', (point) => point.delayP50], ['p99', 'p99', (point) => point.delayP99]],
  },
  {
    title: 'Publications by namespace',
    format: rate,
    axis: short,
    empty: 'Nothing was published.',
    series: keyed((point) => point.publications, (namespace) => namespace || 'other channels'),
  },
  {
    title: 'Waiting in outboxes',
    format: bytes,
    empty: 'All clients are as fast as their channels.',
    series: () => [['all', 'bytes', (point) => point.outboxBytes]],
  },
  {
    title: 'Heap',
    format: bytes,
    note: (point) => point.gcPause > 0 ? `GC pause ${milliseconds(point.gcPause)}` : '',
    series: () => [['used', 'used', (point) => point.heap], ['most', 'limit', (point) => point.heapMax, 5]],
  },
  { title: 'Errors', format: count, axis: whole, bars: true, empty: 'No client got an error.', series: keyed((point) => point.errors, errorName) },
  {
    title: 'Disconnects',
    format: count,
    axis: whole,
    bars: true,
    empty: 'No connection ended.',
    series: keyed((point) => point.disconnects, disconnectName),
  },
  {
    title: 'Recoveries',
    format: count,
    axis: whole,
    bars: true,
    empty: 'No client came back to a channel.',
    series: () => [
      ['recovered', 'recovered', (point) => point.recoveries?.recovered, 2],
      ['gap', 'gap', (point) => point.recoveries?.gap, 1],
      ['not', 'not recovered', (point) => point.recoveries?.not, 4],
    ],
  },
];

/** What the relay does now: the figures of the last 15 minutes, the hottest channel and the slowest client. */
export function now(_, signal) {
  const tiles = TILES.map(([label, text]) => {
    const value = el('dd', null, '–');
    return { text, value, element: el('div', { class: 'tile' }, el('dt', null, label), value) };
  });
  const charts = CHARTS().map((definition) => chart(definition, signal));
  const hottest = headline('Hottest channel');
  const slowest = headline('Slowest client');
  const waiting = el('p', { class: 'empty' }, 'The first figures come in a second.');
  const element = el('div', { class: 'view' },
    heading('Now'),
    el('div', { class: 'headlines' }, hottest.element, slowest.element),
    el('dl', { class: 'tiles' }, tiles.map((tile) => tile.element)),
    waiting,
    el('div', { class: 'charts' }, charts.map((each) => each.element)));

  queueMicrotask(() => feed.listen((points) => { // when the elements have their sizes
    waiting.hidden = true;
    tiles.forEach(({ value, text }) => setText(value, text(points.at(-1))));
    charts.forEach((each) => each.show(points));
  }, signal));
  every(2, signal, async () => {
    const top = await get('top', { limit: 1 }, signal);
    const [channel] = top.channels.messages;
    hottest.show(channel && ['channel', channel.channel], channel && `${rate(channel.value).replace('/s', '')} messages a second`, 'No channel has messages.');
    const [client] = top.clients.outbox;
    slowest.show(client && ['client', client.client],
      client && `${bytes(client.value)} waiting for ${milliseconds(client.age)}${client.user ? `, user ${client.user}` : ''}`,
      'No client has to wait.');
  }, ({ message }) => hottest.show(null, '', message));
  return element;
}

function headline(title) {
  const what = el('p');
  const more = el('p', { class: 'soft' });
  let shown = '';
  return {
    element: el('section', { class: 'card headline' }, el('h2', null, title), what, more),
    show(target, text, empty) {
      const key = target ? target.join('/') : '';
      if (key !== shown || !target) {
        shown = key;
        what.replaceChildren(target ? link(...target) : empty);
      }
      setText(more, target ? text : '');
    },
  };
}
