import { actButton, readOnlyHint } from './acts.js';
import { get } from './api.js';
import { address, card, el, facts, heading, link, name, Rows, setText, table, userLink } from './dom.js';
import { bytes, count, duration, milliseconds, moment, noun } from './numbers.js';
import { every } from './poll.js';

const LIMITS = {
  channels: ['Channels', count],
  outboxBytes: ['Bytes that wait', bytes],
  outboxAge: ['Age of what waits', milliseconds],
};

/** The columns of a list of clients. */
export const CLIENT_COLUMNS = [
  { head: 'Client', wide: true, cell: ({ client }) => link('client', client) },
  { head: 'User', cell: ({ user }) => userLink(user) },
  { head: 'Address', cell: (row) => row.address ?? '' },
  { head: 'Transport', cell: ({ transport, protocol }) => [transport, protocol].filter(Boolean).join(', ') },
  { head: 'Connected', cell: ({ connectedAt }) => moment(connectedAt) },
];

/** A client: its connection, its channels, what waits for it, and the other clients of its user. */
export function client({ what }, signal) {
  const connection = facts();
  const traffic = facts();
  const limits = facts();
  const problem = el('p', { class: 'problem', role: 'alert' });
  const list = el('ul', { class: 'names' });
  const noChannels = el('p', { class: 'empty' }, 'The client is in no channel.');
  const noLimits = el('p', { class: 'empty' }, 'No limit holds for this client.');
  const channels = new Rows(list, (each) => ({ element: el('li', null, link('channel', each)), update() {} }));
  const others = table('Other clients of the user', CLIENT_COLUMNS.filter(({ head }) => head !== 'User'), (row) => row.client,
    'The user has no other client.');
  const othersCard = card('Other clients of the user', others.element);
  const buttons = el('div', { class: 'buttons' },
    actButton('disconnect', { client: what }),
    el('a', { class: 'button', href: address('watch', '', { client: what }) }, 'Watch'));
  let turn = 0;
  othersCard.hidden = true;

  every(2, signal, async () => {
    const seen = await get('client', { id: what }, signal);
    setText(problem, '');
    connection.show([
      ['User', userLink(seen.user)],
      ['Address', seen.address ?? 'not known'],
      ['Transport', [seen.transport, seen.protocol].filter(Boolean).join(', ')],
      ['Connected', moment(seen.connectedAt)],
      ['For', duration(Math.max(0, Math.floor(Date.now() / 1000 - seen.connectedAt)))],
    ]);
    traffic.show([
      ['Waiting for it', seen.outbox.messages > 0
        ? `${bytes(seen.outbox.bytes)} in ${noun(seen.outbox.messages, 'message')}, the oldest for ${milliseconds(seen.outbox.age)}` : 'nothing'],
      ['Sent to it', amount(seen.sent)],
      ['Received from it', amount(seen.received)],
      ['Last error', seen.lastError ? `${seen.lastError.code} ${seen.lastError.message}, ${moment(seen.lastError.at)}` : 'none'],
    ]);
    const used = Object.entries(seen.limits ?? {});
    noLimits.hidden = used.length > 0;
    limits.show(used.map(([limit, value]) => limitFact(limit, value)));
    noChannels.hidden = seen.channels.length > 0;
    channels.show(seen.channels, (each) => each);
    if (seen.user && turn++ % 5 === 0) {
      const user = await get('user', { id: seen.user }, signal);
      othersCard.hidden = false;
      others.show(user.clients.filter((row) => row.client !== what));
    }
  }, (error) => {
    setText(problem, error.message);
    buttons.firstElementChild.disabled ||= error.status === 404;
  });

  return el('div', { class: 'view' }, heading(['Client ', name(what)], buttons), readOnlyHint(), problem,
    el('div', { class: 'halves' }, card('Connection', connection.element), card('Traffic', traffic.element)),
    el('div', { class: 'halves' }, card('Channels', list, noChannels), card('Limits in use', limits.element, noLimits)),
    othersCard);
}

function limitFact(limit, { used, of }) {
  const [label, format] = LIMITS[limit] ?? [limit, count];
  return [label, of > 0 ? `${format(used)} of ${format(of)}` : `${format(used)}, no limit`];
}

function amount({ messages, bytes: size }) {
  return `${noun(messages, 'message')}, ${bytes(size)}`;
}
