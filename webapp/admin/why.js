import { post } from './api.js';
import { address, card, el, facts, field, heading, setText, table } from './dom.js';

/** Says which rule holds for a channel, and what each right of a user comes to. A token never stands in the address. */
export function why({ query }, signal) {
  const channel = field('Channel', { type: 'text', required: true });
  const user = field('User', { type: 'text' }, 'Empty for a client without a user.');
  const token = field('Token', { type: 'password' }, 'A token for one use stays unused.');
  const problem = el('p', { class: 'problem', role: 'alert' });
  const summary = el('p', { role: 'status' });
  const result = el('div', { class: 'view' });
  channel.input.value = query.channel ?? '';
  user.input.value = query.user ?? '';
  if (query.channel) {
    explain();
  }
  return el('div', { class: 'view' }, heading('Why'),
    el('p', { class: 'soft' }, 'Which rule holds for a channel, what each right of a user comes to, and because of what.'),
    el('form', { class: 'line', onsubmit: submit }, channel.element, user.element, token.element,
      el('button', { type: 'submit', class: 'main' }, 'Explain')),
    problem, summary, result);

  function submit(event) {
    event.preventDefault();
    history.replaceState(null, '', address('why', '', { channel: channel.input.value, user: user.input.value }));
    explain();
  }

  async function explain() {
    try {
      const asked = { channel: channel.input.value, user: user.input.value, token: token.input.value.trim() };
      const answer = await post('explain', JSON.stringify(Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ''))));
      setText(problem, '');
      setText(summary, given(answer));
      result.replaceChildren(...explanation(answer));
    } catch (error) {
      if (!signal.aborted) {
        setText(problem, error.message);
        setText(summary, '');
        result.replaceChildren();
      }
    }
  }
}

/** The place of a rule in words. */
export function ruleWords(rule) {
  if (!rule) {
    return 'not known';
  }
  return {
    channel: `the channel “${rule.name}” in ${rule.file}`,
    namespace: `the namespace “${rule.name}” in ${rule.file}`,
    defaults: `the defaults in ${rule.file}`,
    unknown: `none: no rule names the namespace “${rule.name}”; an entry in namespaces of ${rule.file} makes it known`,
  }[rule.place] ?? [rule.name, rule.file].filter(Boolean).join(', ');
}

/** What the channel offers, by the members of its rule. */
export function offers({ options }) {
  return Object.entries(options ?? {}).map(([option, value]) => [option, String(value)]);
}

/** The rights in one sentence. */
function given({ rights, user }) {
  const names = Object.keys(rights).filter((right) => rights[right].allowed);
  const whom = user ? `The user ${user}` : 'A client without a user';
  return names.length > 0 ? `${whom} has these rights: ${names.join(', ')}.` : `${whom} has no right.`;
}

function explanation({ channel, user, rule, token, rights, options }) {
  const overview = facts();
  overview.show([
    ['Channel', channel],
    ['User', user || 'none'],
    ['Rule', ruleWords(rule)],
    ...(token ? [['Token', token.valid ? `valid, ${token.because}` : `refused with ${token.code} ${token.error}: ${token.because}`]] : []),
  ]);
  const verdicts = table('Rights', [
    { head: 'Right', cell: ([right]) => right },
    { head: 'Allowed', cell: ([, { allowed }]) => el('span', { class: allowed ? 'yes' : 'no' }, allowed ? 'yes' : 'no') },
    { head: 'Because', wide: true, cell: ([, { because }]) => because },
  ], ([right]) => right, 'The rule gives no right.');
  verdicts.show(Object.entries(rights ?? {}));
  const offered = facts();
  offered.show(offers({ options }));
  return [
    card('Rule', overview.element),
    el('div', { class: 'halves' }, card('Rights', verdicts.element), card('What the channel offers', offered.element)),
  ];
}
