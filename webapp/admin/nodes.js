import { get } from './api.js';
import { card, el, heading, name, setText, table } from './dom.js';
import { count, duration } from './numbers.js';
import { every } from './poll.js';

/** The nodes of the cluster. */
export function nodes(_, signal) {
  const problem = el('p', { class: 'problem', role: 'alert' });
  const words = el('p', { class: 'soft' });
  const list = table('Nodes', [
    { head: 'Node', wide: true, cell: (each) => name(each.name || each.node) },
    { head: 'ID', cell: (each) => name(each.node) },
    { head: 'Version', cell: (each) => each.version ?? 'not known here' },
    { head: 'Clients', number: true, live: true, cell: (each) => count(each.clients) },
    { head: 'Channels', number: true, live: true, cell: (each) => count(each.channels) },
    { head: 'Up for', live: true, cell: (each) => duration(each.uptime) },
  ], (each) => each.node, 'No node is known.');
  every(3, signal, async () => {
    const { nodes: all } = await get('nodes', {}, signal);
    setText(problem, '');
    setText(words, all.length === 1 ? 'This node is alone.' : `${all.length} nodes share the channels. The charts and lists are those of this node.`);
    list.show(all);
  }, ({ message }) => setText(problem, message));
  return el('div', { class: 'view' }, heading('Nodes'), words, problem, card('Nodes', list.element));
}
