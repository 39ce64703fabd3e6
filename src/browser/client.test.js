import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { BrowserSocket, DEADLINE, LIBRARIES, next, observedSocket, record, startLink, token, until } from './client.js';
import { startServer, writeRules } from './server.js';

const SECRET = 'a secret of the tests, 32 bytes or more';

const RULES = {
  defaults: {},
  namespaces: {
    chat: {
      keep_presence: true,
      join_leave: 'on_request',
      history_size: 100,
      recovery: 'on_request',
    },
    short: { history_size: 3, recovery: 'on_request' },
    bytes: { binary: 'subscriber' },
    $members: {},
    closed: { publish: 'nobody', subscribe: 'nobody' },
  },
};

const VALUES = [
  null,
  true,
  0,
  -1.5e-7,
  Number.MAX_SAFE_INTEGER,
  '',
  'a\nb\r\n\t"\\/\u0000\u2028\u2029\ud800',
  'Grüße, мир, 世界, 👩‍👩‍👧',
  [],
  {},
  [[], {}, [null, [false]]],
  { '': 0, ' a\n': { b: [1, '2', { c: null }] }, push: {}, id: 7 },
  'x'.repeat(60_000),
];

let server;

before(async () => {
  server = await startServer({
    settings: {
      rules: writeRules('client-rules', RULES),
      'token.secret': SECRET,
      'ping.interval': '2s',
      'pong.timeout': '1500ms',
      'client.commands': 100_000,
      'client.publishes': 100_000,
    },
  });
});
after(() => server?.stop());

function address(port = server.port) {
  return `ws://127.0.0.1:${port}/connection/websocket`;
}

function channel(namespace = 'chat') {
  return `${namespace}:${randomUUID()}`;
}

/** A client that ends with the test `t`. */
function create(t, library, { port, ...options } = {}) {
  const client = new library.Centrifuge(address(port), {
    websocket: BrowserSocket,
    minReconnectDelay: 20,
    maxReconnectDelay: 100,
    ...options,
  });
  t.after(() => client.disconnect());
  return client;
}

async function connected(t, library, options) {
  const client = create(t, library, options);
  client.connect();
  await client.ready(DEADLINE);
  return client;
}

async function subscribed(client, name, options) {
  const subscription = client.newSubscription(name, options);
  subscription.subscribe();
  await subscription.ready(DEADLINE);
  return subscription;
}

/** Returns the presence of a channel by client id; `client` must be subscribed to it. */
async function present(client, name) {
  return Object.keys((await client.presence(name)).clients).sort();
}

async function idOf(client) {
  return (await next(client, 'connected')).client;
}

function values(publications, library) {
  return publications.map((publication) => library.decode(publication.data));
}

async function rawClient(t, name, query = '') {
  const raw = new WebSocket(`ws://127.0.0.1:${server.port}/raw/${encodeURIComponent(name)}${query}`);
  t.after(() => raw.terminate());
  raw.heard = [];
  raw.on('message', (data, isBinary) => raw.heard.push(isBinary ? data : String(data)));
  await once(raw, 'open');
  raw.ping(); // the server answers the handshake before it opens the session, and a ping after
  await once(raw, 'pong');
  return raw;
}

for (const library of LIBRARIES) {
  describe(library.name, { concurrency: true }, () => {
    it('connects without a token and has no user', async (t) => {
      const ann = create(t, library);
      ann.connect();
      const id = await idOf(ann);
      const name = channel();
      await subscribed(ann, name);
      const { client, user } = (await ann.presence(name)).clients[id];
      assert.deepEqual({ client, user }, { client: id, user: '' });
    });

    it('connects with a token and has its user and its info', async (t) => {
      const ann = create(t, library, { token: token(SECRET, { sub: '42', info: { name: 'Ann' } }) });
      ann.connect();
      const id = await idOf(ann);
      const name = channel();
      const subscription = await subscribed(ann, name);
      const heard = record(subscription, 'publication');
      await subscription.publish(library.encode('hello'));
      await until('she hears herself', () => heard.length === 1);
      for (const info of [(await ann.presence(name)).clients[id], heard[0].info]) {
        assert.equal(info.user, '42');
        assert.equal(info.client, id);
        assert.deepEqual(library.decode(info.connInfo), { name: 'Ann' });
      }
    });

    it('gets what others publish, in order', async (t) => {
      const [ann, bob] = await Promise.all([connected(t, library), connected(t, library)]);
      const name = channel();
      const heard = await Promise.all([ann, bob].map(async (client) => record(await subscribed(client, name), 'publication')));
      const wanted = Array.from({ length: 100 }, (_, i) => ({ i }));
      await Promise.all(wanted.map((value) => bob.publish(name, library.encode(value))));
      for (const publications of heard) {
        await until('all are there', () => publications.length >= wanted.length);
        assert.deepEqual(values(publications, library), wanted);
        assert.deepEqual(publications.map((publication) => Number(publication.offset)), wanted.map((_, i) => i + 1));
      }
    });

    it('gets every value as it was published', async (t) => {
      const ann = await connected(t, library);
      const subscription = await subscribed(ann, channel());
      const heard = record(subscription, 'publication');
      for (const value of VALUES) {
        await subscription.publish(library.encode(value));
      }
      await until('all are there', () => heard.length === VALUES.length);
      assert.deepEqual(values(heard, library), VALUES);
      const history = await subscription.history({ limit: VALUES.length });
      assert.deepEqual(values(history.publications, library), VALUES);
    });

    it('sees the exact presence as soon as its own unsubscribe is answered', async (t) => {
      const clients = [42, 42, 43].map((user) => create(t, library, { token: token(SECRET, { sub: String(user) }) }));
      const ids = clients.map(idOf);
      clients.forEach((client) => client.connect());
      const [ann, alsoAnn, bob] = await Promise.all(ids);
      const name = channel();
      const subscriptions = [];
      for (const client of clients) {
        subscriptions.push(await subscribed(client, name));
      }
      assert.deepEqual(await present(clients[2], name), [ann, alsoAnn, bob].sort());
      assert.deepEqual(await clients[2].presenceStats(name), { numClients: 3, numUsers: 2 });
      subscriptions[0].unsubscribe();
      await subscribed(clients[0], channel()); // answered behind the unsubscribe
      assert.deepEqual(await present(clients[2], name), [alsoAnn, bob].sort());
      assert.deepEqual(await subscriptions[2].presenceStats(), { numClients: 2, numUsers: 2 });
    });

    it('gets joins and leaves, if it asked for them', async (t) => {
      const [ann, bob, deaf] = await Promise.all([1, 2, 3].map(() => connected(t, library)));
      const name = channel();
      const subscription = ann.newSubscription(name, { joinLeave: true });
      const [joins, leaves] = [record(subscription, 'join'), record(subscription, 'leave')];
      subscription.subscribe();
      await until('she hears herself come', () => joins.length === 1);
      const quiet = await subscribed(deaf, name);
      const heardNothing = [record(quiet, 'join'), record(quiet, 'leave')];
      const gone = await subscribed(bob, name);
      await until('all have come', () => joins.length === 3);
      gone.unsubscribe();
      await until('he has gone', () => leaves.length === 1);
      assert.equal(leaves[0].info.client, joins[2].info.client);
      bob.disconnect();
      deaf.disconnect();
      await until('the other has gone with the connection', () => leaves.length === 2);
      assert.equal(leaves[1].info.client, joins[1].info.client);
      assert.deepEqual(heardNothing, [[], []]);
    });

    it('pages through the past both ways', async (t) => {
      const ann = await connected(t, library);
      const name = channel();
      const subscription = await subscribed(ann, name);
      for (let i = 1; i <= 10; i++) {
        await subscription.publish(library.encode(i));
      }
      assert.deepEqual(await pages(subscription, library, {}, 4), [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]);
      assert.deepEqual(await pages(subscription, library, { reverse: true }, 4), [[10, 9, 8, 7], [6, 5, 4, 3], [2, 1]]);
      const { epoch, offset, publications } = await subscription.history();
      assert.equal(Number(offset), 10);
      assert.deepEqual(publications, []);
      const since = await subscription.history({ since: { epoch, offset: 7 }, limit: -1 });
      assert.deepEqual(values(since.publications, library), [8, 9, 10]);
      await assert.rejects(subscription.history({ since: { epoch: 'other', offset: 7 }, limit: 1 }), { code: 112 });
    });

    it('catches up after its connection was killed', async (t) => {
      const link = await startLink(server.port);
      t.after(link.stop);
      const [ann, bob] = await Promise.all([connected(t, library, { port: link.port }), connected(t, library)]);
      const name = channel();
      const subscription = await subscribed(ann, name, { recoverable: true });
      await subscribed(bob, name);
      const heard = record(subscription, 'publication');
      await bob.publish(name, library.encode(1));
      await until('the first is there', () => heard.length === 1);
      const away = next(ann, 'connecting');
      link.cut();
      await away;
      for (let i = 2; i <= 50; i++) {
        await bob.publish(name, library.encode(i));
      }
      const back = next(subscription, 'subscribed');
      link.mend();
      const { wasRecovering, recovered } = await back;
      assert.deepEqual({ wasRecovering, recovered }, { wasRecovering: true, recovered: true });
      await bob.publish(name, library.encode(51));
      await until('the last is there', () => heard.length >= 51);
      assert.deepEqual(values(heard, library), Array.from({ length: 51 }, (_, i) => i + 1));
    });

    it('does not hear itself, nor when it catches up after its connection was killed', async (t) => {
      const link = await startLink(server.port);
      t.after(link.stop);
      const [ann, bob] = await Promise.all([connected(t, library, { port: link.port }), connected(t, library)]);
      const name = channel();
      const data = library.encode({ sender: 'ann-7' });
      const subscription = await subscribed(ann, name, { recoverable: true, data });
      const all = await subscribed(bob, name);
      const heard = record(subscription, 'publication');
      const heardByAll = record(all, 'publication');
      await ann.publish(name, library.encode(1));
      await bob.publish(name, library.encode(2));
      await ann.publish(name, library.encode(3));
      await until('the second is there', () => heard.length === 1);
      const away = next(ann, 'connecting');
      link.cut();
      await away;
      await bob.publish(name, library.encode(4));
      const back = next(subscription, 'subscribed');
      link.mend();
      assert.equal((await back).recovered, true);
      await ann.publish(name, library.encode(5));
      await bob.publish(name, library.encode(6));
      await until('the last is there', () => heard.length >= 3 && heardByAll.length >= 6);
      assert.deepEqual(values(heard, library), [2, 4, 6]);
      assert.deepEqual(values(heardByAll, library), [1, 2, 3, 4, 5, 6]);
    });

    it('resubscribes to 128 private channels with tokens of 1 KiB after its connection was killed', async (t) => {
      const link = await startLink(server.port);
      t.after(link.stop);
      const ann = await connected(t, library, { port: link.port, token: token(SECRET, { sub: '42' }) });
      const subscriptions = Array.from({ length: 128 }, () => {
        const name = `$members:${randomUUID()}`;
        const signed = token(SECRET, { sub: '42', channel: name, info: { note: 'x'.repeat(700) } });
        assert.ok(signed.length >= 1024);
        return ann.newSubscription(name, { token: signed, getToken: async () => signed });
      });
      const ends = record(ann, 'disconnected');
      for (let round = 0; round < 2; round++) {
        const all = Promise.all(subscriptions.map((subscription) => next(subscription, 'subscribed')));
        if (round === 0) {
          subscriptions.forEach((subscription) => subscription.subscribe());
        } else {
          link.mend();
        }
        await all;
        link.cut();
        await until('the connection is gone', () => ann.state === 'connecting');
      }
      assert.deepEqual(ends, []);
    });

    it('is told when it cannot catch up', async (t) => {
      const link = await startLink(server.port);
      t.after(link.stop);
      const [ann, bob] = await Promise.all([connected(t, library, { port: link.port }), connected(t, library)]);
      const name = channel('short');
      const subscription = await subscribed(ann, name, { recoverable: true });
      await subscribed(bob, name);
      const heard = record(subscription, 'publication');
      const away = next(ann, 'connecting');
      link.cut();
      await away;
      for (let i = 1; i <= 4; i++) {
        await bob.publish(name, library.encode(i));
      }
      const back = next(subscription, 'subscribed');
      link.mend();
      const { wasRecovering, recovered } = await back;
      assert.deepEqual({ wasRecovering, recovered }, { wasRecovering: true, recovered: false });
      await bob.publish(name, library.encode(5));
      await until('what comes now is there', () => heard.length > 0);
      assert.deepEqual(values(heard, library), [5]);
    });

    it('starts from a position it brings, unless that is of another epoch', async (t) => {
      const ann = await connected(t, library);
      const name = channel();
      const publisher = await subscribed(ann, name);
      for (let i = 1; i <= 3; i++) {
        await publisher.publish(library.encode(i));
      }
      const { epoch } = await publisher.history();
      for (const [since, recovered, live, wanted] of [
        [{ offset: 1, epoch }, true, 4, [2, 3, 4]],
        [{ offset: 1, epoch: 'other' }, false, 5, [5]],
      ]) {
        const bob = await connected(t, library);
        const subscription = bob.newSubscription(name, { recoverable: true, since });
        const heard = record(subscription, 'publication');
        subscription.subscribe();
        const context = await next(subscription, 'subscribed');
        assert.deepEqual([context.wasRecovering, context.recovered], [true, recovered]);
        await publisher.publish(library.encode(live));
        await until('the live one is there', () => heard.length >= wanted.length);
        assert.deepEqual(values(heard, library), wanted);
      }
    });

    it('loads its state anew where it cannot catch up', async (t) => {
      const ann = await connected(t, library);
      const name = channel();
      const publisher = await subscribed(ann, name);
      await publisher.publish(library.encode(1));
      const { epoch } = await publisher.history();
      const positions = [{ offset: 1, epoch }, { offset: 1, epoch: 'other' }];
      const bob = await connected(t, library);
      await subscribed(bob, name, { recoverable: true, minResubscribeDelay: 20, getState: async () => positions.pop() });
      assert.deepEqual(positions, []);
    });

    it('gets whole publications although it asks for deltas', async (t) => {
      const ann = await connected(t, library);
      const subscription = await subscribed(ann, channel(), { delta: 'fossil' });
      const heard = record(subscription, 'publication');
      const wanted = ['one long text', 'one long text or two'];
      for (const value of wanted) {
        await subscription.publish(library.encode(value));
      }
      await until('both are there', () => heard.length === 2);
      assert.deepEqual(values(heard, library), wanted);
    });

    it('renews its token without reconnecting', async (t) => {
      let renewals = 0;
      const ann = await connected(t, library, {
        token: token(SECRET, { sub: '42' }, 2),
        getToken: async () => token(SECRET, { sub: '42' }, ++renewals === 1 ? 2 : 60),
      });
      const ended = [record(ann, 'connecting'), record(ann, 'disconnected')];
      await until('it was renewed twice', () => renewals === 2);
      await subscribed(ann, channel()); // answered behind the refresh
      assert.deepEqual(ended, [[], []]);
    });

    it('renews the token of a subscription without subscribing again', async (t) => {
      const ann = await connected(t, library, { token: token(SECRET, { sub: '42' }) });
      const name = channel('$members');
      let renewals = 0;
      const subscription = await subscribed(ann, name, {
        token: token(SECRET, { sub: '42', channel: name }, 2),
        getToken: async () => token(SECRET, { sub: '42', channel: name }, ++renewals === 1 ? 2 : 60),
      });
      const ended = [record(subscription, 'subscribing'), record(subscription, 'unsubscribed')];
      await until('it was renewed twice', () => renewals === 2);
      await subscription.publish(library.encode(1)); // answered behind the refresh
      assert.deepEqual(ended, [[], []]);
    });

    it('asks for new tokens where its own have expired', async (t) => {
      const ann = create(t, library, {
        token: token(SECRET, { sub: '42' }, -60),
        getToken: async () => token(SECRET, { sub: '42' }, 60),
      });
      ann.connect();
      await ann.ready(DEADLINE);
      const name = channel('$members');
      await subscribed(ann, name, {
        token: token(SECRET, { sub: '42', channel: name }, -60),
        getToken: async () => token(SECRET, { sub: '42', channel: name }, 60),
      });
    });

    it('is turned away for good with a forged token', async (t) => {
      const forged = create(t, library, { token: token('another secret, of 32 bytes or more', { sub: '42' }) });
      const end = next(forged, 'disconnected');
      forged.connect();
      assert.deepEqual(await end, { code: 3500, reason: 'invalid token' });
    });

    it('subscribes to 128 channels right behind its connect, and to no more', async (t) => {
      const ann = create(t, library);
      const subscriptions = Array.from({ length: 129 }, () => ann.newSubscription(channel()));
      subscriptions.forEach((subscription) => subscription.subscribe());
      const refused = next(subscriptions[128], 'unsubscribed');
      ann.connect();
      await Promise.all(subscriptions.slice(0, 128).map((subscription) => subscription.ready(DEADLINE)));
      assert.equal((await refused).code, 106);
    });

    it('learns why something was refused', async (t) => {
      const ann = await connected(t, library, { token: token(SECRET, { sub: '42', channels: ['news'] }) });
      await assert.rejects(ann.publish(channel(), library.encode(1)), { code: 103 });
      await assert.rejects(ann.presence(channel()), { code: 103 });
      await assert.rejects(ann.history(channel('unheard-of')), { code: 102 });
      await assert.rejects(ann.presence('news'), { code: 108 });
      await assert.rejects(ann.history('news'), { code: 108 });
      await assert.rejects(ann.rpc('method', library.encode({})), { code: 108 });
      assert.equal(await refusal(ann, 'news'), 105);
      assert.equal(await refusal(ann, channel('unheard-of')), 102);
      assert.equal(await refusal(ann, channel('closed')), 103);
      assert.equal(await refusal(ann, channel('$members')), 103);
      assert.equal(await refusal(ann, 'dialog#43,44'), 103);
      assert.equal(await refusal(ann, 'x'.repeat(256)), 107);
      await subscribed(ann, 'dialog#42,43');
    });

    it('is disconnected for good when it sends a message, which the relay does not accept', async (t) => {
      const ann = await connected(t, library);
      const end = next(ann, 'disconnected');
      ann.send(library.encode('anybody?'));
      assert.equal((await end).code, 3508);
    });

    it('is subscribed by its token and catches up there after its connection was killed', async (t) => {
      const link = await startLink(server.port);
      t.after(link.stop);
      const name = channel();
      const bob = await connected(t, library);
      await subscribed(bob, name);
      const ann = create(t, library, { port: link.port, token: token(SECRET, { sub: '42', channels: [name] }) });
      const heard = record(ann, 'publication');
      const subscriptions = record(ann, 'subscribed');
      ann.connect();
      await until('she is in the channel', () => subscriptions.length === 1);
      await bob.publish(name, library.encode(1));
      await until('the first is there', () => heard.length === 1);
      const away = next(ann, 'connecting');
      link.cut();
      await away;
      await bob.publish(name, library.encode(2));
      await bob.publish(name, library.encode(3));
      link.mend();
      await until('she is in the channel again', () => subscriptions.length === 2);
      await until('the last is there', () => heard.length >= 3);
      const { channel: again, wasRecovering, recovered } = subscriptions[1];
      assert.deepEqual({ again, wasRecovering, recovered }, { again: name, wasRecovering: true, recovered: true });
      assert.deepEqual(values(heard, library), [1, 2, 3]);
    });

    it('publishes many in one message', async (t) => {
      const ann = await connected(t, library);
      const subscription = await subscribed(ann, channel());
      const heard = record(subscription, 'publication');
      ann.startBatching();
      const answers = Array.from({ length: 64 }, (_, i) => subscription.publish(library.encode(i)));
      ann.stopBatching();
      await Promise.all(answers);
      await until('all are there', () => heard.length === answers.length);
    });

    it('shares a channel with raw clients', async (t) => {
      const name = channel();
      const [raw, ann] = await Promise.all([rawClient(t, name), connected(t, library)]);
      const heard = record(await subscribed(ann, name), 'publication');
      raw.send('{"from": "raw"}');
      await until('it came from the raw client', () => heard.length === 1);
      assert.deepEqual(library.decode(heard[0].data), { from: 'raw' });
      await ann.publish(name, library.encode({ from: 'ann' }));
      await until('it came to the raw client', () => raw.heard.length === 1);
      assert.equal(String(raw.heard[0]), '{"from":"ann"}');
    });

    it('connects and disconnects a thousand times and leaves nothing behind', async (t) => {
      const name = channel();
      const watcher = create(t, library);
      watcher.connect();
      const id = await idOf(watcher);
      await subscribed(watcher, name);
      const ann = create(t, library);
      const subscription = ann.newSubscription(name);
      subscription.subscribe();
      for (let i = 0; i < 1000; i++) {
        ann.connect();
        await (i % 2 ? ann.ready(DEADLINE) : subscription.ready(DEADLINE));
        ann.disconnect();
      }
      await until('nobody else is there', async () => (await watcher.presenceStats(name)).numClients === 1);
      assert.deepEqual(await present(watcher, name), [id]);
    });

    it('subscribes and unsubscribes a thousand times and leaves nothing behind', async (t) => {
      const name = channel();
      const [watcher, ann] = await Promise.all([connected(t, library), connected(t, library)]);
      await subscribed(watcher, name);
      const subscription = ann.newSubscription(name);
      for (let i = 0; i < 1000; i++) {
        subscription.subscribe();
        await subscription.ready(DEADLINE);
        subscription.unsubscribe();
      }
      await subscribed(ann, channel()); // answered behind the unsubscribe
      assert.deepEqual(await watcher.presenceStats(name), { numClients: 1, numUsers: 1 });
    });

    it('is pinged, whether its link is quiet or busy, and stays', async (t) => {
      const [quiet, busy] = [observedSocket(), observedSocket()];
      const [ann, bob] = await Promise.all([quiet, busy].map((websocket) => connected(t, library, { websocket })));
      const ended = [ann, bob].flatMap((client) => [record(client, 'connecting'), record(client, 'disconnected')]);
      const subscription = await subscribed(bob, channel());
      await until('both were pinged twice', async () => {
        await Promise.all(Array.from({ length: 50 }, (_, i) => subscription.publish(library.encode(i))));
        return quiet.pings >= 2 && busy.pings >= 2;
      });
      assert.deepEqual(ended, [[], [], [], []]);
    });

    it('reconnects when its pongs were lost', async (t) => {
      const websocket = observedSocket();
      websocket.isMute = true;
      const ann = await connected(t, library, { websocket });
      const { code, reason } = await next(ann, 'connecting');
      assert.deepEqual({ code, reason }, { code: 3012, reason: 'no pong' });
      await ann.ready(DEADLINE);
    });
  });
}

describe('where a token is for one use', () => {
  let guarded;
  before(async () => {
    guarded = await startServer({ settings: { access: 'token', 'token.secret': SECRET, 'token.once': true } });
  });
  after(() => guarded?.stop());

  for (const library of LIBRARIES) {
    it(`${library.name} gets another for each refresh and each connection`, async (t) => {
      const link = await startLink(guarded.port);
      t.after(link.stop);
      let tokens = 0;
      const ann = create(t, library, {
        port: link.port,
        getToken: async () => token(SECRET, { sub: '42', jti: randomUUID() }, ++tokens === 1 ? 2 : 60),
      });
      for (const event of ['connecting', 'error']) ann.on(event, () => ann.setToken(''));
      const disconnected = record(ann, 'disconnected');
      ann.connect();
      await ann.ready(DEADLINE);
      await until('its token was renewed', () => tokens === 2);
      await subscribed(ann, randomUUID()); // answered behind the refresh
      const away = next(ann, 'connecting');
      link.cut();
      await away;
      link.mend();
      await ann.ready(DEADLINE);
      assert.ok(tokens >= 3); // an attempt that fails takes one as well
      assert.deepEqual(disconnected, []);
    });

    it(`${library.name} is turned away for good with one that was used`, async (t) => {
      const used = token(SECRET, { sub: '42', jti: randomUUID() });
      await connected(t, library, { port: guarded.port, token: used });
      const replay = create(t, library, { port: guarded.port, token: used });
      const end = next(replay, 'disconnected');
      replay.connect();
      assert.deepEqual(await end, { code: 3500, reason: 'invalid token' });
    });
  }
});

describe('where a token is needed and commands are few', () => {
  let guarded;
  before(async () => {
    guarded = await startServer({ settings: { access: 'token', 'token.secret': SECRET, 'client.commands': 20 } });
  });
  after(() => guarded?.stop());

  for (const library of LIBRARIES) {
    it(`${library.name} is turned away without one and let in with one`, async (t) => {
      const nobody = create(t, library, { port: guarded.port });
      const end = next(nobody, 'disconnected');
      nobody.connect();
      assert.deepEqual(await end, { code: 101, reason: 'unauthorized' });
      await connected(t, library, { port: guarded.port, token: token(SECRET, { sub: '42' }) });
    });

    it(`${library.name} stays although it unsubscribes too often`, async (t) => {
      const ann = create(t, library, { port: guarded.port, token: token(SECRET, { sub: '42' }) });
      const subscriptions = Array.from({ length: 40 }, () => ann.newSubscription(randomUUID()));
      subscriptions.forEach((subscription) => subscription.subscribe());
      ann.connect();
      await Promise.all(subscriptions.map((subscription) => subscription.ready(DEADLINE)));
      const ended = [record(ann, 'connecting'), record(ann, 'disconnected')];
      subscriptions.forEach((subscription) => subscription.unsubscribe());
      await until('it is answered again', () => ann.presenceStats(randomUUID()).catch(({ code }) => code === 103));
      assert.deepEqual(ended, [[], []]);
    });
  }
});

describe('where an application is asked', () => {
  let application;
  let asked;
  before(async () => {
    application = createServer(async (request, response) => {
      const body = await json(request);
      const answers = {
        '/connect': { result: { user: '42', data: { welcome: 'in' }, expire_at: Math.floor(Date.now() / 1000) + 3600 } },
        '/rpc': body.method === 'sum' ? { result: { data: body.data?.reduce((a, b) => a + b) } } : { error: { code: 104, message: 'none' } },
      };
      response.end(JSON.stringify(answers[request.url]));
    });
    await once(application.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${application.address().port}`;
    asked = await startServer({ settings: { access: 'token', 'token.secret': SECRET, 'hooks.connect': `${url}/connect`, 'hooks.rpc': `${url}/rpc` } });
  });
  after(async () => {
    await asked?.stop();
    application.closeAllConnections();
    application.close();
  });

  for (const library of LIBRARIES) {
    it(`${library.name} is who it says, without a token, and calls its methods`, async (t) => {
      const ann = create(t, library, { port: asked.port });
      const welcome = next(ann, 'connected');
      ann.connect();
      assert.deepEqual(library.decode((await welcome).data), { welcome: 'in' });
      const { data } = await ann.rpc('sum', library.encode([1, 2, 3]));
      assert.equal(library.decode(data), 6);
      await assert.rejects(ann.rpc('product', library.encode([])), { code: 104 });
    });
  }
});

describe('clients of all kinds in one channel', { concurrency: true }, () => {
  it('get the publications of one another', async (t) => {
    const name = channel();
    const clients = await Promise.all(LIBRARIES.map((library) => connected(t, library)));
    const heard = await Promise.all(clients.map(async (client) => record(await subscribed(client, name), 'publication')));
    const raw = await rawClient(t, name);
    for (const [i, library] of LIBRARIES.entries()) {
      await clients[i].publish(name, library.encode({ from: library.name }));
    }
    raw.send('{"from": "raw"}');
    const wanted = [...LIBRARIES.map((library) => library.name), 'raw'].map((from) => ({ from }));
    for (const [i, library] of LIBRARIES.entries()) {
      await until('all are there', () => heard[i].length >= wanted.length);
      assert.deepEqual(values(heard[i], library), wanted);
    }
    await until('all are there', () => raw.heard.length >= wanted.length - 1);
    assert.deepEqual(raw.heard.map((text) => JSON.parse(text)), wanted.slice(0, -1));
  });

  it('share bytes, which disconnect clients that speak JSON', async (t) => {
    const [json, protobuf] = LIBRARIES;
    const name = channel('bytes');
    const [ann, bob] = await Promise.all([connected(t, json), connected(t, protobuf)]);
    await subscribed(ann, name);
    const heard = record(await subscribed(bob, name), 'publication');
    const raw = await rawClient(t, name);
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const end = next(ann, 'disconnected');
    raw.send(bytes);
    await until('they came from the raw client', () => heard.length === 1);
    assert.deepEqual([...heard[0].data], [...bytes]);
    assert.equal((await end).code, 3506);
    await bob.publish(name, bytes);
    await until('they came to the raw client', () => raw.heard.length === 1);
    assert.deepEqual([...raw.heard[0]], [...bytes]);
  });

  it('publish no bytes where the rule forbids it', async (t) => {
    const ann = await connected(t, LIBRARIES[1]);
    const subscription = await subscribed(ann, channel());
    await assert.rejects(subscription.publish(Uint8Array.of(0, 1, 2)), { code: 107 });
  });

  it("may use Node's own WebSocket", async (t) => {
    for (const library of LIBRARIES) {
      const ann = await connected(t, library, { websocket: globalThis.WebSocket });
      const subscription = await subscribed(ann, channel());
      const heard = record(subscription, 'publication');
      await subscription.publish(library.encode(VALUES));
      await until('it is there', () => heard.length === 1);
      assert.deepEqual(library.decode(heard[0].data), VALUES);
    }
  });
});

async function refusal(client, name) {
  const subscription = client.newSubscription(name);
  const end = next(subscription, 'unsubscribed');
  subscription.subscribe();
  const { code } = await end;
  client.removeSubscription(subscription);
  return code;
}

/** Returns the history in pages of that size, each since the end of the page before. */
async function pages(subscription, library, options, limit) {
  const found = [];
  for (let since; ; ) {
    const { publications, epoch } = await subscription.history({ ...options, limit, since });
    if (publications.length > 0) {
      found.push(values(publications, library));
    }
    if (publications.length < limit) {
      return found;
    }
    since = { epoch, offset: publications.at(-1).offset };
  }
}
