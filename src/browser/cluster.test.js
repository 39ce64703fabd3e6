import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { launchBrowser } from './browser.js';
import { BrowserSocket, DEADLINE, LIBRARIES, next, record, startLink, until } from './client.js';
import { conversation, DESKTOP, hears, newWindow, openSdk, says, sees, send } from './demo-page.js';
import { startRedis } from './redis.js';
import { startServer, writeRules } from './server.js';

const KEY = 'a key of the tests with 32 characters';

const RULES = {
  defaults: { keep_presence: true, join_leave: 'on_request', history_size: 100, recovery: 'on_request' },
};

const PROMPT = { websocket: BrowserSocket, minReconnectDelay: 20, maxReconnectDelay: 100 };

let redis;
let nodes;

before(async () => {
  redis = await startRedis();
  const settings = {
    engine: 'redis',
    'redis.url': `redis://127.0.0.1:${redis.port}`,
    rules: writeRules('cluster-rules', RULES),
    'api.key': KEY,
  };
  const start = (port) => startServer({ port, settings });
  nodes = [await start(0), await start(0)];
  nodes.forEach((node, i) => {
    node.begin = async () => {
      nodes[i] = await start(node.port);
      nodes[i].begin = node.begin;
    };
  });
  await ready();
});

after(async () => {
  await Promise.all((nodes ?? []).map((node) => node.stop()));
  await redis?.kill();
});

function ready() {
  return until('both nodes are ready', async () => {
    const answers = await Promise.all(nodes.map((node) => fetch(`${node.url}health/ready`)));
    return answers.every((answer) => answer.status === 200);
  });
}

async function api(node, method, body) {
  const answer = await fetch(`${nodes[node].url}api/${method}`, {
    method: 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, ...(await answer.json()) };
}

function create(t, library, port) {
  const client = new library.Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, PROMPT);
  t.after(() => client.disconnect());
  return client;
}

async function connected(client) {
  const connecting = next(client, 'connected');
  client.connect();
  await connecting;
  return client;
}

async function subscribed(client, channel, options) {
  const subscription = client.newSubscription(channel, options);
  subscription.subscribe();
  await subscription.ready(DEADLINE);
  return subscription;
}

function channel() {
  return `c-${randomUUID()}`;
}

describe('two nodes that share a Redis', () => {
  for (const library of LIBRARIES) {
    it(`are one relay for clients of ${library.name}`, async (t) => {
      const [ann, bob] = await Promise.all(nodes.map((node) => connected(create(t, library, node.port))));
      const name = channel();
      const hers = await subscribed(ann, name, { recoverable: true, joinLeave: true });
      const joins = record(hers, 'join');
      const publications = record(hers, 'publication');
      const his = await subscribed(bob, name, { recoverable: true });
      await until('the join has crossed', () => joins.some(({ info }) => info.client === bob._client));
      for (let i = 1; i <= 50; i++) {
        await his.publish(library.encode({ i }));
      }
      await until('all have crossed', () => publications.length === 50);
      assert.deepEqual(publications.map(({ data }) => library.decode(data).i), Array.from({ length: 50 }, (_, i) => i + 1));
      for (const subscription of [hers, his]) {
        const { clients } = await subscription.presence();
        assert.deepEqual(Object.keys(clients).sort(), [ann._client, bob._client].sort());
        assert.equal((await subscription.history({ limit: 100 })).publications.length, 50);
      }
      const left = next(hers, 'leave');
      bob.disconnect();
      assert.ok((await left).info);
    });

    it(`let a client of ${library.name} recover at the other node when its node is killed`, async (t) => {
      const link = await startLink(nodes[0].port);
      t.after(() => link.stop());
      const ann = await connected(create(t, library, link.port));
      const bob = await connected(create(t, library, nodes[1].port));
      const name = channel();
      const hers = await subscribed(ann, name, { recoverable: true });
      const his = await subscribed(bob, name);
      const publications = record(hers, 'publication');
      await his.publish(library.encode({ i: 1 }));
      await until('the first has come', () => publications.length === 1);
      link.cut();
      await nodes[0].kill();
      for (let i = 2; i <= 20; i++) {
        await his.publish(library.encode({ i }));
      }
      const back = next(hers, 'subscribed');
      link.lead(nodes[1].port);
      link.mend();
      const { wasRecovering, recovered } = await back;
      assert.deepEqual({ wasRecovering, recovered }, { wasRecovering: true, recovered: true });
      await until('all have come', () => publications.length >= 20);
      assert.deepEqual(publications.map(({ data }) => library.decode(data).i), Array.from({ length: 20 }, (_, i) => i + 1));
      await nodes[0].begin();
      await ready();
    });
  }

  it('keep their clients while Redis is frozen, and lose nothing that was answered', async (t) => {
    const [library] = LIBRARIES;
    const [ann, bob] = await Promise.all(nodes.map((node) => connected(create(t, library, node.port))));
    const interruptions = [record(ann, 'connecting'), record(bob, 'connecting')];
    const name = channel();
    const hers = await subscribed(ann, name, { recoverable: true });
    const his = await subscribed(bob, name, { recoverable: true });
    const publications = record(hers, 'publication');
    await his.publish(1);
    redis.freeze();
    await assert.rejects(his.publish(2), { code: 100 });
    await assert.rejects(his.publish(3), { code: 100 });
    assert.equal((await api(0, 'publish', { channel: name, data: 0 })).error.code, 100);
    redis.thaw();
    await ready();
    await his.publish(4);
    await until('the last has come', () => publications.some(({ data }) => data === 4));
    const heard = publications.map(({ data }) => data);
    const { publications: kept } = await hers.history({ limit: 100 });
    assert.deepEqual(heard, kept.map(({ data }) => data), 'each client has heard what the history has');
    assert.deepEqual(interruptions.flat(), []);
  });

  it('carry out the server API for clients of both', async (t) => {
    const [library] = LIBRARIES;
    const [ann, bob] = await Promise.all(nodes.map((node) => connected(create(t, library, node.port))));
    const name = channel();
    const his = await subscribed(bob, name);
    await subscribed(ann, name);
    assert.deepEqual((await api(0, 'channels', { pattern: `${name}*` })).result.channels, { [name]: { num_clients: 2 } });
    assert.equal((await api(0, 'info', {})).result.nodes.length, 2);
    const ended = next(his, 'unsubscribed');
    await api(0, 'unsubscribe', { client: bob._client, channel: name });
    assert.equal((await ended).code, 2000);
    const gone = next(bob, 'disconnected');
    await api(0, 'disconnect', { client: bob._client });
    assert.equal((await gone).code, 3503);
  });

  it('take the commands of an HTTP stream at either node', async (t) => {
    const [library] = LIBRARIES;
    const client = new library.Centrifuge(
      [
        { transport: 'websocket', endpoint: `ws://127.0.0.1:${nodes[0].port}/blocked` },
        { transport: 'http_stream', endpoint: `http://127.0.0.1:${nodes[0].port}/connection/http_stream` },
      ],
      { ...PROMPT, emulationEndpoint: `http://127.0.0.1:${nodes[1].port}/emulation` },
    );
    t.after(() => client.disconnect());
    await connected(client);
    const subscription = await subscribed(client, channel());
    const publications = record(subscription, 'publication');
    for (let i = 1; i <= 20; i++) {
      await subscription.publish(i);
    }
    await until('all have come', () => publications.length === 20);
    assert.deepEqual(publications.map(({ data }) => data), Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

describe('the demo page at two nodes', () => {
  it('recovers at the other node when its node is killed', async (t) => {
    const browser = await launchBrowser();
    t.after(() => browser.close());
    const problems = []; // the lost node is one
    const window = await newWindow(browser, DESKTOP, problems);
    const link = await startLink(nodes[0].port);
    t.after(() => link.stop());
    const name = channel();
    const loser = await openSdk(window, `http://127.0.0.1:${link.port}/`, name);
    const sender = await openSdk(window, nodes[1].url, name);
    await sees(sender, 'me', loser);
    await send(sender, 'before');
    await hears(loser, 'before');
    link.cut();
    await nodes[0].kill();
    await says(loser, 'Lost the connection');
    for (const text of ['one', 'two']) {
      await send(sender, text);
      await hears(sender, text);
    }
    link.lead(nodes[1].port);
    link.mend();
    await hears(loser, 'Recovered 2 messages');
    assert.deepEqual(await conversation(loser), ['Received: before', 'Recovered: one', 'Recovered: two']);
    await nodes[0].begin();
  });
});
