import { ACTS, isReadOnly, perform, READ_ONLY, tell } from './acts.js';
import { card, el, field, heading } from './dom.js';

/** Forms for all acts; the address can fill them in: `#/do?act=publish&channel=news`. */
export function doActs({ query }) {
  const element = el('div', { class: 'view' },
    heading('Do'),
    isReadOnly() ? el('p', { class: 'banner' }, READ_ONLY) : null,
    el('p', { class: 'soft' }, 'The page asks once before each act. The relay writes each act to its audit log.'),
    el('div', { class: 'acts' }, Object.entries(ACTS).map(([act, definition]) => form(act, definition, query))));
  const chosen = element.querySelector(`[data-act="${CSS.escape(query.act ?? '')}"]`);
  queueMicrotask(() => chosen?.querySelector('input:placeholder-shown, textarea')?.focus());
  return element;
}

function form(act, { title, text, fields, grave }, query) {
  const inputs = fields.map(([key, label, hint]) => {
    const { element, input } = field(label, key === 'data' ? { rows: 3, name: key } : { type: 'text', name: key, placeholder: ' ' }, hint);
    input.value = query.act === act ? query[key] ?? '' : '';
    return { key, element, input };
  });
  const submit = async (event) => {
    event.preventDefault();
    const whom = Object.fromEntries(inputs.map(({ key, input }) => [key, input.value]));
    const missing = problem(act, whom);
    if (missing) {
      tell(missing, 'bad');
    } else if (await perform(act, whom)) {
      inputs.filter(({ key }) => key === 'data').forEach(({ input }) => {
        input.value = '';
      });
    }
  };
  return el('form', { onsubmit: submit, 'data-act': act },
    el('fieldset', { disabled: isReadOnly() },
      el('legend', { class: 'unseen' }, title),
      card(title, el('p', { class: 'soft' }, text), inputs.map(({ element }) => element),
        el('button', { type: 'submit', class: grave ? 'grave' : null }, `${title}…`))));
}

function problem(act, { channel, data, user, client, token }) {
  if (channel === '') {
    return 'Please name the channel.';
  }
  if (data === '') {
    return 'Please write the data.';
  }
  const others = [user, client, token].filter((each) => each !== undefined);
  if (others.length > 0 && others.filter((each) => each !== '').length !== 1) {
    return others.length === 1 ? 'Please name the user.' : `Please name either the user or the ${act === 'revoke' ? 'token' : 'client'}.`;
  }
  return '';
}
