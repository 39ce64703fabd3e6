/**
 * Creates an element. A child is an element or a text, and text is never read as HTML. An attribute
 * that begins with `on` is a listener; null and false leave an attribute out.
 */
export function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? '' : value);
    }
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined));
  return element;
}

export function byId(id) {
  return document.getElementById(id);
}

/** Changes a text only if it differs, so that a live page touches little of the document. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** A name that comes from outside; its direction does not change that of the page. */
export function name(text, empty = '(no name)') {
  return text ? el('bdi', { class: 'name' }, text) : el('span', { class: 'soft' }, empty);
}

/** A link to the view of a channel, a client or a user. */
export function link(kind, text, shown = text) {
  return el('a', { href: address(kind, text), class: 'name' }, el('bdi', null, shown));
}

export function userLink(user) {
  return user ? link('user', user) : el('span', { class: 'soft' }, 'no user');
}

/** Returns the hash of a view: `#/channel/news`, `#/watch?user=42`. */
export function address(view, what = '', query = {}) {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  return `#/${view}${what ? `/${encodeURIComponent(wellFormed(what))}` : ''}${search ? `?${search}` : ''}`;
}

function wellFormed(text) {
  return text.toWellFormed?.() ?? text;
}

/** Shows items in elements that are made once for each key and moved or changed after that. */
export class Rows {
  #parent;
  #make;
  #rows = new Map();

  /** `make(item)` returns the element and a function that shows a later state of the same item. */
  constructor(parent, make) {
    this.#parent = parent;
    this.#make = make;
  }

  show(items, keyOf) {
    const focused = document.activeElement;
    const gone = this.#rows;
    this.#rows = new Map();
    let place = this.#parent.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      const row = gone.get(key) ?? this.#make(item);
      gone.delete(key);
      this.#rows.set(key, row);
      row.update(item);
      if (row.element === place) {
        place = place.nextElementSibling;
      } else {
        this.#parent.insertBefore(row.element, place);
      }
    }
    gone.forEach(({ element }) => element.remove());
    if (focused !== document.activeElement && this.#parent.contains(focused)) {
      focused.focus({ preventScroll: true }); // a moved element loses it
    }
  }
}

/**
 * A table whose rows are reused. A column has a `head`, and a `cell(item)` that returns a text, which follows the item, or an
 * element, which is made once for a key.
 */
export function table(caption, columns, keyOf, empty) {
  const body = el('tbody', { role: 'rowgroup' });
  const none = el('p', { class: 'empty' }, empty);
  const rows = new Rows(body, (item) => {
    const cells = columns.map(({ head, number, wide, cell }) =>
      el('td', { role: 'cell', 'data-head': head, class: number ? 'number' : wide ? 'wide' : null }, cell(item)));
    const update = (now) => columns.forEach(({ cell, live }, at) => live && setText(cells[at], cell(now)));
    return { element: el('tr', { role: 'row' }, cells), update };
  });
  const whole = el('table', { role: 'table' },
    el('caption', { class: 'unseen' }, caption),
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, columns.map(({ head, number }) =>
      el('th', { role: 'columnheader', scope: 'col', class: number ? 'number' : null }, head)))),
    body);
  const element = el('div', { class: 'table' }, whole, none);
  return {
    element,
    show(items) {
      whole.hidden = items.length === 0;
      none.hidden = items.length > 0;
      rows.show(items, keyOf);
    },
  };
}

/** Facts as terms and values, whose elements are reused: `show([[term, value]…])` with texts and elements as values. */
export function facts() {
  const element = el('dl', { class: 'facts' });
  const rows = new Rows(element, ([term]) => {
    const value = el('dd');
    let shown = null;
    const update = ([, now]) => {
      if (typeof now === 'string') {
        setText(value, now);
      } else if (shown?.textContent !== now.textContent || shown.href !== now.href) {
        value.replaceChildren(now);
        shown = now;
      }
    };
    return { element: el('div', null, el('dt', null, term), value), update };
  });
  return { element, show: (all) => rows.show(all, ([term]) => term) };
}

/** A part of a view with a title. */
export function card(title, ...children) {
  return el('section', { class: 'card' }, el('h2', null, title), children);
}

/** A view's title and its buttons. */
export function heading(title, ...buttons) {
  return el('div', { class: 'heading' }, el('h1', { tabindex: '-1' }, title),
    buttons.length > 0 ? el('div', { class: 'buttons' }, buttons) : null);
}

/** A field with its label. */
export function field(label, attributes, hint = '') {
  const id = `field-${++fields}`;
  const multiline = attributes.rows;
  const input = el(multiline ? 'textarea' : 'input', {
    id, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', dir: 'auto', ...attributes,
    'aria-describedby': hint ? `${id}-hint` : null,
  });
  const element = el('div', { class: 'field' }, el('label', { for: id }, label), input,
    hint ? el('p', { id: `${id}-hint`, class: 'hint' }, hint) : null);
  return { element, input };
}

let fields = 0;
