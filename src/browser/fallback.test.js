import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { launchBrowser } from './browser.js';
import { BrowserSocket, DEADLINE, LIBRARIES, next, record, startLink, until } from './client.js';
import { startServer } from './server.js';

const [SDK, PROTOBUF_SDK] = LIBRARIES;

/** An EventSource for Node, with the members that the library uses. */
class EventSource {
  #end = new AbortController();

  constructor(url) {
    this.#read(url).catch((error) => this.#end.signal.aborted || this.onerror(error));
  }

  async #read(url) {
    const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: this.#end.signal });
    assert.equal(response.status, 200);
    this.onopen();
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (text + chunk).split('\n\n');
      text = events.pop();
      for (const event of events) {
        this.onmessage({ data: event.split('\n').map((line) => line.replace(/^data: /, '')).join('\n') });
      }
    }
    throw new Error('the stream has ended');
  }

  close() {
    this.#end.abort();
  }
}

const WAYS = [
  { way: 'http_stream', library: SDK, path: 'connection/http_stream' },
  { way: 'http_stream', library: PROTOBUF_SDK, path: 'connection/http_stream' },
  { way: 'sse', library: SDK, path: 'connection/sse' },
];

/** A client that ends with the test `t`, and for which WebSocket is blocked. */
function create(t, { way, library, path }, port) {
  const client = new library.Centrifuge(
    [
      { transport: 'websocket', endpoint: `ws://127.0.0.1:${port}/blocked` },
      { transport: way, endpoint: `http://127.0.0.1:${port}/${path}` },
    ],
    {
      emulationEndpoint: `http://127.0.0.1:${port}/emulation`,
      websocket: BrowserSocket,
      eventsource: EventSource,
      minReconnectDelay: 20,
      maxReconnectDelay: 100,
    },
  );
  t.after(() => client.disconnect());
  return client;
}

async function connected(t, way, port) {
  const client = create(t, way, port);
  const connecting = next(client, 'connected');
  client.connect();
  assert.equal((await connecting).transport, way.way);
  return client;
}

async function subscribed(client, name, options) {
  const subscription = client.newSubscription(name, options);
  subscription.subscribe();
  await subscription.ready(DEADLINE);
  return subscription;
}

function channel() {
  return `c-${randomUUID()}`;
}

let server;

before(async () => {
  server = await startServer({ settings: { 'ping.interval': '2s', 'pong.timeout': '1500ms' } });
});

after(() => server?.stop());

for (const way of WAYS) {
  const { library } = way;
  describe(`${library.name} by ${way.way}`, { concurrency: true }, () => {
    it('connects by itself if WebSocket is blocked, and can do the same as by WebSocket', async (t) => {
      const [ann, bob] = await Promise.all([1, 2].map(() => connected(t, way, server.port)));
      const name = channel();
      const heard = record(await subscribed(ann, name, { recoverable: true }), 'publication');
      const subscription = await subscribed(bob, name);
      const wanted = ['a\nb\r\n"\\', 'Grüße, 世界, 👩‍👩‍👧', { a: [1, null, {}] }, 'x'.repeat(60_000)];
      wanted.push(...Array.from({ length: 50 }, (_, i) => i));
      for (const value of wanted.slice(0, 4)) {
        await subscription.publish(library.encode(value));
      }
      for (const value of wanted.slice(4)) {
        await bob.publish(name, library.encode(value));
      }
      await until('all are there', () => heard.length === wanted.length);
      assert.deepEqual(heard.map(({ data }) => library.decode(data)), wanted);
      assert.deepEqual(heard.map(({ offset }) => Number(offset)), wanted.map((_, i) => i + 1));
      assert.equal(Object.keys((await ann.presence(name)).clients).length, 2);
      assert.equal((await ann.history(name, { limit: 3 })).publications.length, 3);
      subscription.unsubscribe();
      await until('he is gone', async () => (await ann.presenceStats(name)).numClients === 1);
    });

    it('stays as long as it answers the pings', async (t) => {
      const ann = await connected(t, way, server.port);
      const ended = [record(ann, 'connecting'), record(ann, 'disconnected')];
      const name = channel();
      const heard = record(await subscribed(ann, name), 'publication');
      const begin = performance.now();
      await until('three pings have come', () => performance.now() - begin > 7_000);
      await ann.publish(name, library.encode('still here'));
      await until('it is there', () => heard.length === 1);
      assert.deepEqual(ended, [[], []]);
    });

    it('resubscribes to 128 channels by one request after its connection was killed', async (t) => {
      const link = await startLink(server.port);
      t.after(link.stop);
      const ann = await connected(t, way, link.port);
      const data = library.encode({ note: 'x'.repeat(1_100) });
      const subscriptions = Array.from({ length: 128 }, () => ann.newSubscription(channel(), { data }));
      subscriptions.forEach((subscription) => subscription.subscribe());
      await Promise.all(subscriptions.map((subscription) => subscription.ready(DEADLINE)));
      const ends = record(ann, 'disconnected');
      link.cut();
      await until('the connection is gone', () => ann.state === 'connecting');
      const back = subscriptions.map((subscription) => next(subscription, 'subscribed'));
      link.mend();
      await Promise.all(back);
      assert.deepEqual(ends, []);
    });

    it('catches up after its connection was killed', async (t) => {
      const link = await startLink(server.port);
      t.after(link.stop);
      const [ann, bob] = await Promise.all([connected(t, way, link.port), connected(t, way, server.port)]);
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
      assert.deepEqual(heard.map(({ data }) => library.decode(data)), Array.from({ length: 51 }, (_, i) => i + 1));
    });

    it('is told why it is disconnected, and does not reconnect', async (t) => {
      const ann = await connected(t, way, server.port);
      const end = next(ann, 'disconnected');
      await ann.send(library.encode('nobody hears it'));
      const { code, reason } = await end;
      assert.deepEqual({ code, reason }, { code: 3508, reason: 'not available' });
    });

    it('disconnects when the server stops, and reconnects when it is back', async (t) => {
      const first = await startServer();
      const ann = await connected(t, way, first.port).catch(async (failure) => {
        await first.stop();
        throw failure;
      });
      const away = next(ann, 'connecting');
      await first.stop();
      assert.equal((await away).code, 3001);
      const back = next(ann, 'connected');
      const second = await startServer({ port: first.port });
      t.after(() => second.stop());
      await back;
    });
  });
}

describe('a browser without WebSocket', () => {
  let browser;

  before(async () => {
    browser = await launchBrowser();
  });

  after(() => browser?.close());

  async function open(t, url) {
    const page = await browser.newPage();
    t.after(() => page.close());
    await page.goto(url);
    await page.addScriptTag({ url: '/centrifuge.js' });
    return page;
  }

  for (const [way, path] of [['http_stream', 'connection/http_stream'], ['sse', 'connection/sse']]) {
    it(`uses the library by ${way}`, async (t) => {
      const page = await open(t, server.url);
      assert.deepEqual(await page.evaluate(talk, { way, path, root: server.url, name: channel() }), { transport: way, heard: 'hi' });
    });
  }

  it('uses it from a page of another origin that the server allows, and from no other', async (t) => {
    const elsewhere = createServer((request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    t.after(() => elsewhere.close());
    const origin = `http://127.0.0.1:${elsewhere.address().port}`;
    const friendly = await startServer({ settings: { origins: origin } });
    t.after(() => friendly.stop());
    const page = await browser.newPage();
    t.after(() => page.close());
    await page.goto(origin);
    await page.addScriptTag({ url: `${friendly.url}centrifuge.js` });
    for (const [way, path] of [['http_stream', 'connection/http_stream'], ['sse', 'connection/sse']]) {
      const task = { way, path, name: channel() };
      assert.deepEqual(await page.evaluate(talk, { ...task, root: friendly.url }), { transport: way, heard: 'hi' });
      assert.deepEqual(await page.evaluate(talk, { ...task, root: server.url }), { transport: 'none', heard: '' });
    }
  });

  it('reads a raw channel by EventSource, and recovers what it missed when its connection was killed', async (t) => {
    const link = await startLink(server.port);
    t.after(link.stop);
    const page = await open(t, `http://127.0.0.1:${link.port}/`);
    const name = channel();
    const publish = async (body) => assert.equal((await fetch(`${server.url}raw/${name}`, { method: 'POST', body })).status, 204);
    await page.evaluate((to) => {
      window.heard = [];
      const source = new EventSource(`/raw/${to}`);
      source.onmessage = ({ data }) => window.heard.push(data);
      source.onerror = () => (window.lost = true);
      return new Promise((done) => (source.onopen = done));
    }, name);
    await publish('one\ntwo');
    await page.waitForFunction(() => window.heard.length === 1);
    link.cut();
    await page.waitForFunction(() => window.lost);
    await publish('missed');
    link.mend();
    await page.waitForFunction(() => window.heard.length === 2);
    await publish('three');
    await page.waitForFunction(() => window.heard.length === 3);
    assert.deepEqual(await page.evaluate(() => window.heard), ['one\ntwo', 'missed', 'three']);
  });
});

/** Runs in a page: returns its transport, and its own publication. */
async function talk({ way, path, root, name }) {
  const client = new window.Centrifuge(
    [
      { transport: 'websocket', endpoint: `${root.replace('http', 'ws')}blocked` },
      { transport: way, endpoint: root + path },
    ],
    { emulationEndpoint: `${root}emulation`, minReconnectDelay: 20, maxReconnectDelay: 100 },
  );
  const transport = await new Promise((done) => {
    let failures = 0;
    client.on('connected', (context) => done(context.transport));
    client.on('error', () => ++failures === 6 && done('none'));
    client.connect();
  });
  if (transport === 'none') {
    client.disconnect();
    return { transport, heard: '' };
  }
  const subscription = client.newSubscription(name);
  const heard = new Promise((done) => subscription.on('publication', ({ data }) => done(data)));
  subscription.subscribe();
  await subscription.ready(10_000);
  await subscription.publish('hi');
  const result = { transport, heard: await heard };
  client.disconnect();
  return result;
}
