import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launchBrowser } from './browser.js';
import { BrowserSocket, DEADLINE, LIBRARIES, record, until } from './client.js';
import { conversation, DESKTOP, hears, newWindow, openSdk, send } from './demo-page.js';
import { startServer, writeRules } from './server.js';

const CHANNEL = 'news';

let folder;
let settings;
let server;
let browser;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-log-'));
  settings = {
    engine: 'file',
    'engine.path': folder,
    rules: writeRules('restart-rules', {
      defaults: { keep_presence: true, join_leave: 'on_request', history_size: 1000, publish: 'anyone' },
    }),
  };
  server = await startServer({ settings });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true });
});

async function killAndStart() {
  await server.kill();
  server = await startServer({ port: server.port, settings });
}

describe('a server with a log that is killed and started again', () => {
  it('keeps each answered message for the npm clients and for an EventSource, and sends none twice', async (t) => {
    const listeners = await Promise.all(LIBRARIES.map((library) => listen(t, library)));
    const page = await browser.newPage();
    t.after(() => page.close());
    await page.goto(server.url);
    await page.evaluate((to) => {
      window.heard = [];
      const source = new EventSource(`/raw/${to}`);
      source.onmessage = ({ data }) => window.heard.push(Number(data));
      return new Promise((done) => (source.onopen = done));
    }, CHANNEL);
    const publisher = create(t, LIBRARIES[0]);
    publisher.connect();
    const answered = [];
    let number = 0;
    for (const publications of [40, 40, 40]) {
      const killed = number > 0 ? killAndStart() : undefined;
      for (let i = 0; i < publications; i++) {
        await publisher.ready(DEADLINE);
        await publisher.publish(CHANNEL, ++number).then(() => answered.push(number), () => {}); // its answer may be lost
      }
      await killed;
    }
    assert.ok(answered.length >= 40);
    const isWhole = (heard) => heard.at(-1) === number;
    await until('all have heard the last message', async () =>
      listeners.every(({ heard }) => isWhole(heard)) && isWhole(await page.evaluate(() => window.heard)));
    for (const heard of [...listeners.map((listener) => listener.heard), await page.evaluate(() => window.heard)]) {
      assert.deepEqual(heard, [...new Set(heard)].sort((a, b) => a - b), 'nothing twice, and all in order');
      assert.deepEqual(answered.filter((each) => !heard.includes(each)), [], 'nothing is missing');
    }
    for (const { subscriptions } of listeners) {
      assert.deepEqual(subscriptions.map(({ wasRecovering, recovered }) => [wasRecovering, recovered]),
        [[false, false], [true, true], [true, true]]);
    }
  });

  it('lets the demo page say that it has recovered', async () => {
    const problems = [];
    const window = await newWindow(browser, DESKTOP, problems);
    const page = await openSdk(window, server.url, 'demo');
    await send(page, 'before');
    await hears(page, 'before');
    await killAndStart();
    await hears(page, 'Recovered: nothing was missed');
    await send(page, 'after');
    await hears(page, 'after');
    assert.deepEqual(await conversation(page), ['You: before', 'You: after']);
    await window.close();
  });
});

function create(t, library) {
  const client = new library.Centrifuge(`ws://127.0.0.1:${server.port}/connection/websocket`, {
    websocket: BrowserSocket,
    minReconnectDelay: 20,
    maxReconnectDelay: 100,
  });
  t.after(() => client.disconnect());
  return client;
}

/** A client that is subscribed; `heard` grows by each message, and `subscriptions` by each subscribe. */
async function listen(t, library) {
  const client = create(t, library);
  const subscription = client.newSubscription(CHANNEL, { recoverable: true });
  const heard = [];
  subscription.on('publication', ({ data }) => heard.push(library.decode(data)));
  const subscriptions = record(subscription, 'subscribed');
  client.connect();
  subscription.subscribe();
  await subscription.ready(DEADLINE);
  return { heard, subscriptions };
}
