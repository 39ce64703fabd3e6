import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launchBrowser, TARGET } from './browser.js';
import { conversation, DESKTOP, hears, newWindow, openPage, openSdk, PHONE, says, sees, send } from './demo-page.js';
import { startServer, writeRules } from './server.js';

const LONGEST_WAIT = 6_000; // after which the page connects again
const PRESENCE = { keep_presence: true, join_leave: 'on_request' };
const SETTINGS = {
  rules: writeRules('recovery-rules', {
    defaults: { ...PRESENCE, history_size: 100 },
    channels: { unrecovered: { ...PRESENCE, history_size: 10, recovery: 'off' }, short: { ...PRESENCE, history_size: 2 } },
  }),
};

let browser;
let server;
let near; // a window of the browser for each test,
let far; // and another one, in which time can stop
let problems; // the errors of the browser

before(async () => {
  browser = await launchBrowser();
  server = await startServer({ settings: SETTINGS });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  problems = [];
  near = await newWindow(browser, DESKTOP, problems);
  far = await newWindow(browser, DESKTOP, problems);
});

afterEach(() => Promise.all([near.close(), far.close()]));

describe('the demo page, when it loses its connection', () => {
  afterEach(() => assert.deepEqual(problems, [], 'the browser has nothing to complain about'));

  it('recovers what was sent meanwhile', async () => {
    const [loser, sender] = await joinBoth('cable');
    await send(sender, 'before');
    await hears(loser, 'before');
    await cut(loser);
    await sees(sender, 'me');
    await loser.getByText('Not known while disconnected.').waitFor();
    for (const text of ['one', 'two', 'three']) {
      await send(sender, text);
      await hears(sender, text);
    }
    await comeBack(loser);
    await says(loser, 'Connected to cable');
    await hears(loser, 'Recovered 3 messages');
    await sees(loser, 'me', sender);
    await sees(sender, 'me', loser);
    await send(sender, 'after');
    await hears(loser, 'after');
    assert.deepEqual(await conversation(loser),
      ['Received: before', 'Recovered: one', 'Recovered: two', 'Recovered: three', 'Received: after']);
  });

  it('says so when nothing was missed, and knows its own messages again', async () => {
    const [loser] = await joinBoth('quiet');
    await send(loser, 'mine');
    await hears(loser, 'mine');
    await cut(loser);
    await comeBack(loser);
    await hears(loser, 'Recovered: nothing was missed');
    await send(loser, 'mine as well');
    await hears(loser, 'mine as well');
    assert.deepEqual(await conversation(loser), ['You: mine', 'You: mine as well']);
  });

  it('can be told not to come back', async () => {
    const [loser] = await joinBoth('gone');
    await cut(loser);
    await loser.getByRole('button', { name: 'Cancel' }).click();
    await says(loser, 'Disconnected: 0 disconnect called');
    let connections = 0;
    loser.on('websocket', () => connections++);
    await loser.clock.runFor('10:00');
    assert.equal(connections, 0);
  });

  it('says that something may be missing where a channel recovers nothing, and shows its history', async () => {
    const [loser, sender] = await joinBoth('unrecovered');
    await loseThree(loser, sender);
    await hears(loser, 'This channel recovers nothing: something may be missing');
    await hears(loser, 'three');
    assert.deepEqual(await conversation(loser), ['History: one', 'History: two', 'History: three']);
  });

  it('says that something may be missing where more was sent than the channel keeps, and shows what it has', async () => {
    const [loser, sender] = await joinBoth('short');
    await loseThree(loser, sender);
    await hears(loser, 'Not recovered: something may be missing');
    await hears(loser, 'three');
    assert.deepEqual(await conversation(loser), ['History: two', 'History: three']);
  });

  it('shows all of it well on a desktop and on a phone, by day and by night', async () => {
    const [ann, bob] = await joinBoth('release');
    const raw = await openPage(near, server.url, 'release');
    await says(raw, 'Connected');
    await send(bob, 'Good morning! Is the new release on the test server yet?');
    await hears(ann, 'Good morning! Is the new release on the test server yet?');
    await ann.reload();
    await hears(ann, 'History: the last message');
    await send(ann, 'Since ten minutes ago. Have a look.');
    await hears(bob, 'Since ten minutes ago. Have a look.');
    await cut(ann);
    await ann.clock.runFor(100);
    await ann.screenshot({ path: `${TARGET}demo-sdk-lost.png` });
    await send(bob, 'Ça marche, merci.');
    await send(raw, '{"build":1024,"passed":true}');
    await hears(bob, '{"build":1024,"passed":true}');
    await comeBack(ann);
    await hears(ann, 'Recovered 2 messages');
    await sees(ann, 'me', bob, raw);
    await ann.screenshot({ path: `${TARGET}demo-sdk.png` });
    await ann.setViewportSize(PHONE);
    await ann.screenshot({ path: `${TARGET}demo-sdk-phone.png` });
    await ann.emulateMedia({ colorScheme: 'dark' });
    await ann.screenshot({ path: `${TARGET}demo-sdk-phone-dark.png` });
    await ann.setViewportSize(DESKTOP);
    await ann.screenshot({ path: `${TARGET}demo-sdk-dark.png` });
  });
});

describe('the demo page, when the server stops', () => {
  it('says so, and warns that the next server may have no history', async () => {
    const [loser, sender] = await joinBoth('restart');
    await send(sender, 'before');
    await hears(loser, 'before');
    await server.stop();
    await hears(loser, 'Lost the connection: 3001 shutdown');
    await loser.getByText('Not known while disconnected.').waitFor();
    server = await startServer({ port: server.port, settings: SETTINGS });
    await hears(loser, 'Not recovered: something may be missing');
    await hears(sender, 'Not recovered: something may be missing');
    await sees(loser, 'me', sender);
    await send(sender, 'after');
    await hears(loser, 'after');
    assert.deepEqual(await conversation(loser), ['Received: before', 'Received: after']);
  });
});

// What one does

/** Opens a page whose time can stop, and another page. */
async function joinBoth(channel) {
  const pages = [await openSdk(far, server.url, channel), await openSdk(near, server.url, channel)];
  for (const page of pages) {
    await sees(page, ...pages.map((other) => (other === page ? 'me' : other)));
  }
  return pages;
}

/** Stops the time of the page, so that it does not connect again until the time goes on. */
async function cut(page) {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
  await page.getByRole('button', { name: 'Cut the connection' }).click();
  await says(page, 'Lost the connection: the network or the server closed it. Trying again soon.');
  for (const button of ['Cut the connection', 'Send']) {
    assert.equal(await page.getByRole('button', { name: button }).isDisabled(), true);
  }
  await page.clock.runFor(100); // it paints
}

/** Makes the page connect at once; then its time goes on as usual. */
async function comeBack(page) {
  await page.clock.runFor(LONGEST_WAIT);
  await page.clock.resume();
}

async function loseThree(loser, sender) {
  await cut(loser);
  for (const text of ['one', 'two', 'three']) {
    await send(sender, text);
    await hears(sender, text);
  }
  await comeBack(loser);
}
