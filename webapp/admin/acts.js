import { post } from './api.js';
import { byId, el, setText } from './dom.js';

/** What an operator can do; `words` says what happens, `done` what has happened. */
export const ACTS = {
  publish: {
    title: 'Publish',
    text: 'Sends a publication to all subscribers of a channel.',
    fields: [['channel', 'Channel'], ['data', 'Data', 'JSON is sent as it is, other text as a JSON string.']],
    words: ({ channel }) => `All subscribers of ${channel} get this publication.`,
    done: ({ channel }) => `Published to ${channel}.`,
  },
  unsubscribe: {
    title: 'Unsubscribe',
    text: 'Ends subscriptions of a user or of one client. The connections stay.',
    fields: [['channel', 'Channel'], ['user', 'User'], ['client', 'or client']],
    words: (whom) => `${theClients(whom)} no longer in ${whom.channel}.`,
    done: ({ channel }) => `Unsubscribed from ${channel}.`,
    grave: true,
  },
  disconnect: {
    title: 'Disconnect',
    text: 'Closes all connections of a user or that of one client. They do not reconnect by themselves.',
    fields: [['user', 'User'], ['client', 'or client']],
    words: ({ user, client }) => client ? `The relay closes the connection of the client ${client}.` : `The relay closes all connections of the user ${user}.`,
    done: ({ user, client }) => client ? `Disconnected the client ${client}.` : `Disconnected the user ${user}.`,
    grave: true,
  },
  block: {
    title: 'Block',
    text: 'Disconnects a user, and refuses it until it is unblocked.',
    fields: [['user', 'User']],
    words: ({ user }) => `The user ${user} is disconnected, and refused until it is unblocked.`,
    done: ({ user }) => `Blocked the user ${user}.`,
    grave: true,
  },
  unblock: {
    title: 'Unblock',
    text: 'Lets a blocked user connect again.',
    fields: [['user', 'User']],
    words: ({ user }) => `The user ${user} can connect again.`,
    done: ({ user }) => `Unblocked the user ${user}.`,
  },
  revoke: {
    title: 'Revoke',
    text: 'Makes one token or all tokens of a user void, and disconnects the clients that used them.',
    fields: [['token', 'ID of the token', 'Its claim jti.'], ['user', 'or user']],
    words: ({ token, user }) => token ? `The token ${token} becomes void.` : `All tokens that the user ${user} has now become void.`,
    done: ({ token, user }) => token ? `Revoked the token ${token}.` : `Revoked the tokens of the user ${user}.`,
    grave: true,
  },
  drain: {
    title: 'Drain',
    text: 'Moves all clients of this node to other nodes, and takes no new ones. The node has to be restarted after it.',
    fields: [],
    words: () => 'All clients of this node are told to connect elsewhere, and the node takes no new ones.',
    done: () => 'This node is draining.',
    grave: true,
  },
};

export const READ_ONLY = 'This session can look, and do nothing. Log in with the password of an administrator to act.';

let readOnly = true;

export function setReadOnly(is) {
  readOnly = is;
}

export function isReadOnly() {
  return readOnly;
}

/** A button that does an act after one question; `name` tells it from others with the same label, `then` is called when it is done. */
export function actButton(act, whom, { label = ACTS[act].title, name = null, then = () => {} } = {}) {
  return el('button', {
    type: 'button',
    class: ACTS[act].grave ? 'grave' : null,
    'aria-label': name,
    disabled: readOnly,
    title: readOnly ? READ_ONLY : null,
    onclick: async () => {
      if (await perform(act, whom)) {
        then();
      }
    },
  }, label);
}

/** Says why the buttons of a view are disabled; null if they are not. */
export function readOnlyHint() {
  return readOnly ? el('p', { class: 'soft' }, READ_ONLY) : null;
}

/** Asks once, does the act, and says what came of it. Returns whether it is done. */
export async function perform(act, whom) {
  const { title, words, done, grave } = ACTS[act];
  const known = Object.fromEntries(Object.entries(whom).filter(([, value]) => value !== ''));
  if (!(await ask(title, words(known), known.data, grave))) {
    return false;
  }
  try {
    await post(`do/${act}`, body(known));
    tell(done(known), 'good');
    return true;
  } catch (error) {
    tell(`Not done: ${error.message}`, 'bad');
    return false;
  }
}

/** Says what came of an act; an empty text removes what was said. */
export function tell(text, tone = '') {
  const outcome = byId('outcome');
  outcome.dataset.tone = tone;
  setText(outcome, text);
}

function theClients({ user, client }) {
  return client ? `The client ${client} is` : `The clients of the user ${user} are`;
}

/** The data keeps the characters that were typed, since JavaScript would round its numbers. */
function body({ data, ...rest }) {
  const json = JSON.stringify(rest);
  if (data === undefined) {
    return json;
  }
  return `${json.slice(0, -1)}${json === '{}' ? '' : ','}"data":${isJson(data) ? data : JSON.stringify(data)}}`;
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function ask(title, text, data, grave) {
  const dialog = byId('question');
  setText(byId('question-title'), `${title}?`);
  setText(byId('question-text'), text);
  setText(byId('question-data'), data ?? '');
  const yes = byId('question-yes');
  setText(yes, title);
  yes.className = grave ? 'main grave' : 'main';
  dialog.returnValue = 'no'; // for the Escape key
  dialog.showModal();
  byId('question-no').focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
