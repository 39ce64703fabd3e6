import { get } from './api.js';
import { CLIENT_COLUMNS } from './client.js';
import { card, el, heading, link, name, setText, table } from './dom.js';
import { count } from './numbers.js';

const LIMIT = 50;

/** The channels and clients that a text is found in. */
export function search({ query }, signal) {
  const text = query.q ?? '';
  const problem = el('p', { class: 'problem', role: 'alert' });
  const channels = table('Channels', [
    { head: 'Channel', wide: true, cell: ({ channel }) => link('channel', channel) },
    { head: 'Subscribers', number: true, cell: ({ subscribers }) => count(subscribers) },
  ], ({ channel }) => channel, 'No channel has this text in its name.');
  const clients = table('Clients', CLIENT_COLUMNS, ({ client }) => client, 'No client has this text in its ID, its user or its address.');
  const moreChannels = el('p', { class: 'soft' });
  const moreClients = el('p', { class: 'soft' });
  const found = el('div', { class: 'found', hidden: true }, card('Channels', channels.element, moreChannels), card('Clients', clients.element, moreClients));
  find();
  return el('div', { class: 'view' }, heading(text ? ['Search for ', name(text)] : 'All channels and clients'), problem, found);

  async function find() {
    try {
      const [inChannels, inClients] = await Promise.all([
        get('channels', { search: text, limit: LIMIT }, signal),
        get('clients', { search: text, limit: LIMIT }, signal),
      ]);
      channels.show(inChannels.channels);
      clients.show(inClients.clients);
      setText(moreChannels, inChannels.more ? `There are more than these ${LIMIT}; a longer text finds them.` : '');
      setText(moreClients, inClients.more ? `There are more than these ${LIMIT}; a longer text finds them.` : '');
      found.hidden = false;
    } catch (error) {
      if (!signal.aborted) {
        setText(problem, error.message);
      }
    }
  }
}
