import { cure, loss, whyUnconnected } from './reasons.js';

const LIBRARY = 'centrifuge.js';
const HISTORY_SIZE = 50;
const RECONNECT_DELAY = 3_000; // others can say something meanwhile, and one sees it recovered
const LONGEST_DELAY = 20_000;
const SUBSCRIPTION = { recoverable: true, positioned: true, joinLeave: true };

// Words of the server,
const PERMISSION_DENIED = 103;
const NOT_AVAILABLE = 108;
const INAPPROPRIATE_PROTOCOL = 3506;
// and words of the library: it does not know whether the server got a command, or no connection opens.
const TIMEOUT = 1;
const TRANSPORT_CLOSED = 2;
const CONNECTION_CLOSED = 11;

/** Uses the client SDK: many channels on one connection, each with history and presence. */
export const sdk = {
  connect,
  problemWith: () => '',
  farewell: 'Disconnected: 0 disconnect called',
  use: `Any page of this site that loads ${LIBRARY} connects with these lines:`,
  code: (channel) => [
    `const client = new Centrifuge(${JSON.stringify(socketUrl())});`,
    `const subscription = client.newSubscription(${JSON.stringify(channel)}, ${options()});`,
    'subscription.on("publication", ({ data }) => console.log(data)).subscribe();',
    'client.connect();',
  ].join('\n'),
};

const ownClients = new Set(); // a connection that is made again is another client

function socketUrl() {
  const url = new URL('connection/websocket', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

function options() {
  return `{ ${Object.entries(SUBSCRIPTION).map(([name, value]) => `${name}: ${value}`).join(', ')} }`;
}

let library = null;

/** Loads the SDK only for a page that uses it. */
function loadLibrary() {
  library ??= new Promise((loaded, failed) => {
    const script = document.createElement('script');
    script.src = LIBRARY;
    script.addEventListener('load', () => loaded(globalThis.Centrifuge));
    script.addEventListener('error', () => {
      library = null;
      script.remove();
      failed(new Error(`${LIBRARY} could not be loaded`));
    });
    document.head.append(script);
  });
  return library;
}

/** `token` is empty if there is none. */
function connect(channel, page, token) {
  let ended = false;
  let socket = null;
  let client = null;
  let subscription = null;
  let self = ''; // the client that this connection is
  let lost = false;

  let pastKnown = false;
  let shown = { epoch: '', offset: 0 }; // the last publication that is in the page
  let held = null; // publications that come after others which are still awaited
  let times = new Map(); // of the publications in the last history, by their offsets
  let asks = 0; // for the past; only the last one counts

  let people = null; // unknown
  let comings = null; // and goings, while the answer to who is there is awaited
  let announced = false; // whether this channel tells who comes and goes
  let asked = null;

  page.showState('connecting', 'Connecting…');
  loadLibrary().then((Centrifuge) => ended || start(Centrifuge), (error) => {
    if (!ended) {
      page.showState('closed', `${error.message}.`);
    }
  });
  return { send, close, cut };

  function start(Centrifuge) {
    client = new Centrifuge(socketUrl(), {
      websocket: class extends WebSocket {
        constructor(...parameters) {
          super(...parameters);
          socket = this;
          this.addEventListener('message', ({ data }) => readTimes(data)); // before the library reads it
        }
      },
      token,
      minReconnectDelay: RECONNECT_DELAY,
      maxReconnectDelay: LONGEST_DELAY,
    });
    subscription = client.newSubscription(channel, SUBSCRIPTION);
    listen(client, 'connecting', connecting);
    listen(client, 'connected', connected);
    listen(client, 'disconnected', disconnected);
    listen(client, 'error', ({ error }) => unable('connect', error));
    listen(subscription, 'subscribed', subscribed);
    listen(subscription, 'unsubscribed', unsubscribed);
    listen(subscription, 'error', ({ error }) => unable('join', error));
    listen(subscription, 'publication', arrived);
    listen(subscription, 'join', ({ info }) => came(info));
    listen(subscription, 'leave', ({ info }) => went(info));
    subscription.subscribe();
    client.connect();
  }

  function listen(emitter, type, listener) {
    emitter.on(type, (event) => {
      if (!ended) {
        listener(event);
      }
    });
  }

  function send(text) {
    subscription.publish(text).catch((error) => {
      const unsure = error.code === TIMEOUT || error.code === CONNECTION_CLOSED;
      page.showUnsent(text, `${unsure ? 'Perhaps not sent' : 'Not sent'}: ${words(error)}`);
    });
  }

  function close() {
    ended = true;
    client?.disconnect();
    page.showPeople(null, '');
  }

  /** Cuts the connection as a network does: neither the library nor this page knows beforehand. */
  function cut() {
    socket.close();
  }

  // The connection

  function connecting({ code, reason }) {
    if (self === '') { // the first time
      return;
    }
    lost = true;
    self = '';
    people = null;
    comings = null;
    page.showState('waiting', `Lost the connection: ${loss(code, reason)}. Trying again soon.`);
    page.note('lost', `Lost the connection: ${loss(code, reason)}`);
    page.showPeople(null, 'Not known while disconnected.');
  }

  function connected(event) {
    self = event.client;
    ownClients.add(self);
    page.showState('connecting', `Joining ${channel}…`);
  }

  async function unable(what, error) {
    if (!isTrying()) {
      return;
    }
    const broken = error.code === TRANSPORT_CLOSED;
    page.showState('waiting', `Could not ${what}${broken ? '' : `: ${words(error)}`}. Trying again soon.`, cure(error.code));
    if (broken) {
      const why = await whyUnconnected();
      if (!ended && isTrying()) {
        page.showCure(why);
      }
    }
  }

  function isTrying() {
    return client.state === 'connecting' || subscription.state === 'subscribing';
  }

  function disconnected({ code, reason }) {
    if (code === INAPPROPRIATE_PROTOCOL) {
      page.note('quiet', 'There are bytes in this channel that are not text, and here only text can be read');
    }
    over(`Disconnected: ${code} ${reason}. Not trying again.`, cure(code));
  }

  function unsubscribed({ code, reason }) {
    over(`Not in ${channel}: ${code} ${reason}. Not trying again.`, cure(code));
  }

  function over(text, help) {
    close();
    page.showState('closed', text, help);
  }

  // The channel and its past

  function subscribed(outcome) {
    page.showState('connected', `Connected to ${channel}`);
    askWhoIsThere();
    if (lost) {
      noteOutcome(outcome);
    }
    if (!pastKnown || (lost && !outcome.recovered)) {
      askForPast();
    }
    lost = false;
  }

  function noteOutcome({ recovered, recoverable }) {
    if (recovered) {
      const messages = [];
      held = messages;
      queueMicrotask(() => { // the library hands them over until then
        page.note('good', recoveredText(messages.length));
        if (pastKnown) {
          release('recovered', 'Recovered');
        }
      });
    } else if (recoverable) {
      page.note('lost', 'Not recovered: something may be missing');
    } else {
      page.note('lost', 'This channel recovers nothing: something may be missing');
    }
  }

  /** Reads when the publications of a history were published, which the library does not pass on. */
  function readTimes(message) {
    const replies = message.split('\n').filter((line) => line.includes('"history":{')).map((line) => JSON.parse(line));
    const publications = replies.flatMap(({ history }) => history?.publications ?? []);
    if (publications.length > 0) {
      times = new Map(publications.map(({ offset, time }) => [offset, time]));
    }
  }

  async function askForPast() {
    const ask = ++asks;
    held ??= [];
    try {
      const { publications, epoch } = await subscription.history({ limit: HISTORY_SIZE, reverse: true });
      if (ended || ask !== asks) {
        return;
      }
      if (epoch !== shown.epoch) {
        shown = { epoch, offset: 0 };
      }
      const past = publications.reverse().filter(({ offset }) => offset > shown.offset);
      if (past.length > 0) {
        page.note('quiet', `History: the last ${past.length === 1 ? 'message' : `${past.length} messages`}`);
      }
      past.forEach((publication) => show(publication, 'past', 'History'));
      held = held.filter(({ offset }) => offset > shown.offset);
      pastKnown = true;
    } catch (error) {
      if (ended || ask !== asks) {
        return;
      }
      pastKnown = isRefused(error);
      if (error.code !== CONNECTION_CLOSED) { // else it is asked for again
        page.note('quiet', excuse(error, 'This channel keeps no history', 'The history of this channel is not for you'));
      }
    }
    release();
  }

  function arrived(publication) {
    if (held === null) {
      show(publication, 'other', 'Received');
    } else {
      held.push(publication);
    }
  }

  function release(kind = 'other', who = 'Received') {
    const messages = held;
    held = null;
    messages.forEach((publication) => show(publication, kind, who));
  }

  function show({ data, offset, info }, kind, who) {
    if (offset !== undefined) {
      shown.offset = offset;
    }
    const own = ownClients.has(info?.client);
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    const past = kind === 'past';
    page.add({ kind: own && !past ? 'own' : kind, who: own ? 'You' : who, text, at: past ? pastTime(offset) : new Date() });
  }

  /** Returns null if the server does not say it. */
  function pastTime(offset) {
    const time = times.get(offset);
    return time ? new Date(time) : null;
  }

  // Presence

  async function askWhoIsThere() {
    const changes = [];
    comings = changes;
    people = null;
    announced = false;
    try {
      const { clients } = await subscription.presence();
      if (ended || comings !== changes) {
        return;
      }
      people = new Map(Object.entries(clients));
      changes.forEach((apply) => apply());
      comings = null;
      asked = new Date();
      showPeople();
    } catch (error) {
      if (!ended && comings === changes && error.code !== CONNECTION_CLOSED) {
        comings = null;
        page.showPeople(null, `${excuse(error, 'This channel does not know who is in it', 'Who is in this channel is not for you to see')}.`);
      }
    }
  }

  function came(info) {
    if (info.client === self) {
      announced = true;
    } else {
      page.note('quiet', `${name(info)} joined`);
    }
    change(() => people.set(info.client, info));
  }

  function went(info) {
    page.note('quiet', `${name(info)} left`);
    change(() => people.delete(info.client));
  }

  function change(apply) {
    comings?.push(apply);
    if (people !== null) {
      apply();
      showPeople();
    }
  }

  function showPeople() {
    const entries = [...people.values()].map((info) => ({ own: info.client === self, name: name(info) }));
    page.showPeople(entries, announced ? '' : `Seen at ${asked.toLocaleTimeString()}. This channel does not tell who comes and goes.`);
  }
}

function name({ client, user }) {
  const short = client.slice(0, 8);
  return user === '' ? short : `${user} ${short}`;
}

function isRefused({ code }) {
  return code === NOT_AVAILABLE || code === PERMISSION_DENIED;
}

function excuse(error, unavailable, denied) {
  return error.code === NOT_AVAILABLE ? unavailable : error.code === PERMISSION_DENIED ? denied : words(error);
}

function words({ code, message }) {
  return `${code} ${message}`;
}

function recoveredText(count) {
  return count === 0 ? 'Recovered: nothing was missed' : `Recovered ${count} ${count === 1 ? 'message' : 'messages'}`;
}
