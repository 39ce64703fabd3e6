import { get } from './api.js';
import { card, el, facts, field, heading, setText, table } from './dom.js';

/** The settings in force, the doors, and the versions. `session` is that of the console. */
export function settings({ session }, signal) {
  const problem = el('p', { class: 'problem', role: 'alert' });
  const versions = facts();
  versions.show([['Switchboard', session.version], ['Commit', session.commit], ['Node', session.node]].filter(([, value]) => value));
  const doors = table('Doors', [
    { head: 'Path', cell: ({ path }) => el('code', null, path) },
    { head: 'Open', cell: ({ open }) => el('span', { class: open ? 'yes' : 'no' }, open ? 'open' : 'closed') },
    { head: 'Because', wide: true, cell: ({ because }) => because ?? '' },
  ], ({ path }) => path, 'No door is known.');
  const values = table('Settings', [
    { head: 'Setting', wide: true, cell: (each) => el('code', null, each.name) },
    { head: 'Value', wide: true, cell: (each) => el('code', { dir: 'auto' }, String(each.value)) },
    { head: 'From', cell: ({ source }) => source === 'default' ? el('span', { class: 'soft' }, source) : el('b', null, source) },
  ], (each) => each.name, 'No setting has this text in its name.');
  const filter = field('Setting', { type: 'search', placeholder: 'any' });
  const own = el('input', { type: 'checkbox', id: 'settings-own' });
  let all = [];
  filter.input.addEventListener('input', show);
  own.addEventListener('change', show);
  load();
  return el('div', { class: 'view' }, heading('Settings'), problem,
    el('div', { class: 'halves' }, card('Versions', versions.element), card('Doors', doors.element)),
    card('Settings in force',
      el('div', { class: 'line' }, filter.element, el('label', { class: 'check', for: 'settings-own' }, own, ' without defaults')),
      values.element));

  async function load() {
    try {
      const answer = await get('settings', {}, signal);
      all = answer.settings;
      doors.show(answer.doors);
      show();
    } catch (error) {
      if (!signal.aborted) {
        setText(problem, error.message);
      }
    }
  }

  function show() {
    const text = filter.input.value.trim().toLowerCase();
    values.show(all.filter((each) => each.name.toLowerCase().includes(text) && !(own.checked && each.source === 'default')));
  }
}
