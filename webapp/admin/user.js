import { actButton, readOnlyHint } from './acts.js';
import { get } from './api.js';
import { CLIENT_COLUMNS } from './client.js';
import { address, card, el, heading, name, setText, table } from './dom.js';
import { noun } from './numbers.js';
import { every } from './poll.js';

/** A user: all its clients, and whether it is blocked. */
export function user({ what }, signal) {
  const state = el('p', { class: 'soft' });
  const problem = el('p', { class: 'problem', role: 'alert' });
  const clients = table('Clients of the user', CLIENT_COLUMNS.filter(({ head }) => head !== 'User'), (row) => row.client,
    'The user is not connected.');
  const block = actButton('block', { user: what }, { then: refresh });
  const unblock = actButton('unblock', { user: what }, { then: refresh });
  unblock.hidden = true;

  every(2, signal, refresh, ({ message }) => setText(problem, message));
  return el('div', { class: 'view' },
    heading(['User ', name(what)],
      actButton('disconnect', { user: what }, { then: refresh }), block, unblock, actButton('revoke', { user: what }, { label: 'Revoke tokens' }),
      el('a', { class: 'button', href: address('watch', '', { user: what }) }, 'Watch'),
      el('a', { class: 'button', href: address('why', '', { user: what }) }, 'Why')),
    readOnlyHint(), state, problem, card('Clients', clients.element));

  async function refresh() {
    const seen = await get('user', { id: what }, signal);
    setText(problem, '');
    setText(state, `${noun(seen.clients.length, 'client')}. ${seen.blocked ? 'The user is blocked.' : 'The user is not blocked.'}`);
    block.hidden = seen.blocked;
    unblock.hidden = !seen.blocked;
    clients.show(seen.clients);
  }
}
