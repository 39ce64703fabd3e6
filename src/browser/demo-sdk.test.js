import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launchBrowser } from './browser.js';
import {
  alerts, conversation, DESKTOP, hears, joinByHand, messageField, nameOf, newWindow, openPage, openSdk, PHONE, says, sees, send,
} from './demo-page.js';
import { startServer, writeRules } from './server.js';

const SECRET = 'a secret of more than thirty-two bytes';
const HTML = '<img src=x onerror=alert(1)>';

let browser;
let server;
let tabs; // one window of the browser for each test
let problems; // the errors of the browser

before(async () => {
  browser = await launchBrowser();
  server = await startServer();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  problems = [];
  tabs = await newWindow(browser, DESKTOP, problems);
});

afterEach(() => tabs.close());

describe('the demo page with the client SDK', () => {
  afterEach(() => assert.deepEqual(problems, [], 'the browser has nothing to complain about'));

  it('changes to it and back without loading again, in the same channel', async () => {
    const page = await openPage(tabs, server.url, 'switch');
    await says(page, 'Connected to switch');
    await page.evaluate(() => (window.loadedOnce = true));
    await page.getByRole('radio', { name: 'Client SDK' }).check();
    await says(page, 'Connected to switch');
    await sees(page, 'me');
    assert.match(page.url(), /\/\?mode=sdk#switch$/);

    await page.goBack();
    await says(page, 'Connected to switch');
    assert.equal(await page.getByRole('radio', { name: 'Plain WebSocket' }).isChecked(), true);
    assert.match(page.url(), /\/#switch$/);
    assert.equal(await page.locator('#people').isVisible(), false);
    assert.equal(await page.evaluate(() => window.loadedOnce), true);
  });

  it('is chosen by the keyboard', async () => {
    const page = await openPage(tabs, server.url, 'keys');
    await says(page, 'Connected'); // or the browser complains of a connection that was closed too early
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await sees(page, 'me');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cut the connection');
  });

  it('is named in the link to the second tab', async () => {
    const [page] = await joinAll('Grüner Salon');
    const opened = tabs.waitForEvent('page');
    await page.getByRole('link', { name: 'second tab' }).click();
    const second = await opened;
    await sees(second, 'me', page);
    await says(second, 'Connected to Grüner Salon');
  });

  it('lets two pages of a channel talk, and each sees the other there', async () => {
    const [ann, bob] = await joinAll('talk', 'talk');
    await joinAll('elsewhere');
    await sees(ann, 'me', bob);
    await sees(bob, 'me', ann);
    await send(ann, 'Is anybody there?');
    await hears(bob, 'Is anybody there?');
    await send(bob, 'Yes, here I am.');
    await hears(ann, 'Yes, here I am.');
    await hears(bob, 'Yes, here I am.'); // its own, confirmed
    assert.deepEqual(await conversation(ann), ['You: Is anybody there?', 'Received: Yes, here I am.']);
    assert.deepEqual(await conversation(bob), ['Received: Is anybody there?', 'You: Yes, here I am.']);
  });

  it('shows joins and leaves', async () => {
    const [ann, bob] = await joinAll('door', 'door');
    const name = await nameOf(bob);
    await hears(ann, `${name} joined`);
    await bob.close();
    await hears(ann, `${name} left`);
    await sees(ann, 'me');
    assert.equal(await ann.getByText(`${await nameOf(ann)} joined`).count(), 0, 'nobody is told of oneself');
  });

  for (const [number, text] of [HTML, 'Grüße, 世界, שלום, 👩‍👩‍👧 \u{1F600}', '  two\n  lines', '"quoted" and {"a": 1}', '42', '"'].entries()) {
    it(`shows ${JSON.stringify(text)} as the text that it is, in either mode`, async () => {
      const channel = `text ${number}`;
      const [ann, bob] = await joinAll(channel, channel);
      const raw = await joinRaw(channel);
      await send(ann, text);
      for (const page of [ann, bob, raw]) {
        await page.locator('#messages .who').waitFor();
        assert.equal(await page.locator('li:not(.note) .text').textContent(), text);
        assert.equal(await page.locator('.text *').count(), 0, 'elements made of foreign text');
      }
    });
  }

  it('talks with pages that have a plain WebSocket', async () => {
    const [page] = await joinAll('both');
    const raw = await joinRaw('both');
    for (const text of ['from the plain one', '{"a":[1,"two",null]}', '42', 'true']) {
      await send(raw, text);
      await hears(page, text);
    }
    await send(page, 'from the SDK');
    await hears(raw, 'from the SDK');
    await hears(page, 'from the SDK'); // its own, confirmed
    assert.deepEqual(await conversation(page), [
      'Received: from the plain one',
      'Received: {"a":[1,"two",null]}',
      'Received: 42',
      'Received: true',
      'You: from the SDK',
    ]);
  });

  it('shows the history to a page that joins later', async () => {
    const begun = Date.now();
    const [ann] = await joinAll('past');
    for (const text of ['first', 'second', 'third']) {
      await send(ann, text);
      await hears(ann, text);
    }
    const [bob] = await joinAll('past');
    await hears(bob, 'History: the last 3 messages');
    await send(ann, 'fourth');
    await hears(bob, 'fourth');
    assert.deepEqual(await conversation(bob), ['History: first', 'History: second', 'History: third', 'Received: fourth']);
    const times = await bob.locator('#messages li:not(.note) time').evaluateAll((all) => all.map((time) => Date.parse(time.dateTime)));
    assert.equal(times.length, 4);
    times.forEach((time) => assert.ok(time >= begun && time <= Date.now(), `${new Date(time)}`));
  });

  it('disconnects and connects again by its button', async () => {
    const [page] = await joinAll('button');
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await says(page, 'Disconnected: 0 disconnect called');
    assert.equal(await page.getByRole('button', { name: 'Cut the connection' }).isDisabled(), true);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await says(page, 'Connected to button');
  });

  it('shows why a channel is refused', async () => {
    const [page] = await joinAll('room');
    for (const [channel, words] of [['nowhere:room', '102 unknown channel'], ['dialog#42', '103 permission denied']]) {
      await joinByHand(page, channel);
      await says(page, `Not in ${channel}: ${words}. Not trying again.`);
      assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);
    }
    await joinByHand(page, 'room');
    await says(page, 'Connected to room');
  });

  it('joins channels that no path can carry, where a plain WebSocket cannot follow', async () => {
    const [ann, bob] = await joinAll('a/b', 'a/b');
    await send(ann, 'hi');
    await hears(bob, 'hi');
    await ann.getByRole('radio', { name: 'Plain WebSocket' }).check();
    await ann.getByRole('alert').filter({ hasText: 'slash' }).waitFor();
    await says(ann, 'Not connected');
    await ann.getByRole('radio', { name: 'Client SDK' }).check();
    await sees(ann, 'me', bob);
  });

  it('gives back a message that was too big, and does not connect again', async () => {
    const [page] = await joinAll('big');
    await send(page, 'x'.repeat(65_537));
    await says(page, 'Disconnected: 3 message size limit exceeded. Not trying again.');
    await page.getByRole('alert').filter({ hasText: 'Perhaps not sent: 11 connection closed' }).waitFor();
    assert.equal((await messageField(page).inputValue()).length, 65_537);
  });

  it('shows the lines of code that connect', async () => {
    const [page] = await joinAll('a b');
    const code = await page.locator('#snippet').textContent();
    assert.match(code, new RegExp(`new Centrifuge\\("ws://127\\.0\\.0\\.1:${server.port}/connection/websocket"\\)`));
    assert.match(code, /newSubscription\("a b", \{ recoverable: true, positioned: true, joinLeave: true \}\)/);
  });

  it('works below a context path', async () => {
    const other = await startServer({ context: '/chat' });
    try {
      const [page] = await joinAllAt(other.url, 'hello');
      await sees(page, 'me');
    } finally {
      await other.stop();
    }
  });

  it('shows a time on one line on a phone, with its AM or PM', async () => {
    const phone = await newWindow(browser, PHONE, problems, { locale: 'en-US' });
    try {
      const page = await openSdk(phone, server.url, 'noon');
      await says(page, 'Connected');
      const [other] = await joinAll('noon');
      await hears(page, `${await nameOf(other)} joined`);
      await send(other, 'hi');
      await hears(page, 'hi');
      const times = await page.locator('#messages time[datetime]').evaluateAll((nodes) =>
        nodes.map((node) => [node.textContent, node.offsetHeight / parseFloat(getComputedStyle(node).lineHeight)]));
      assert.ok(times.length >= 2);
      for (const [text, lines] of times) {
        assert.match(text, /\s[AP]M$/);
        assert.ok(lines < 1.5, `${text} has ${lines} lines`);
      }
    } finally {
      await phone.close();
    }
  });

  it('has nothing to scroll sideways on a phone', async () => {
    const phone = await newWindow(browser, PHONE, problems);
    try {
      const channel = 'W'.repeat(255);
      const [page] = await joinAllAt(server.url, channel);
      const onPhone = await openSdk(phone, server.url, channel);
      await sees(onPhone, 'me', page);
      await send(page, 'W'.repeat(2_000));
      await onPhone.locator('.other').waitFor();
      for (const part of ['html', '#log', '#people']) {
        const [content, width] = await onPhone.locator(part).evaluate((node) => [node.scrollWidth, node.clientWidth]);
        assert.ok(content <= width, `${part} is ${content} wide in ${width}`);
      }
    } finally {
      await phone.close();
    }
  });
});

describe('the demo page with the client SDK, at a server that wants a token', () => {
  let closed;

  before(async () => {
    closed = await startServer({ settings: { access: 'token', 'token.secret': SECRET } });
  });

  after(() => closed?.stop());

  it('says so, takes the token by the Enter key, and says when a token is refused', async () => {
    const page = await openSdk(tabs, closed.url, 'room');
    await says(page, 'Not trying again.');
    await page.getByText('This server wants a token or a login.').waitFor();
    await page.getByLabel('Token').fill(token('anna'));
    await page.getByLabel('Token').press('Enter');
    await says(page, 'Connected to room');
    await page.locator('#people-list').getByText('anna').waitFor();
    assert.equal(await page.locator('#cure').textContent(), '');
    assert.doesNotMatch(page.url(), /eyJ/);

    await page.getByLabel('Token').fill('canary');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await says(page, 'Disconnected: 3500 invalid token. Not trying again.');
    await page.getByText('The token is not valid; the log of the server says why').waitFor();
  });

  it('says why a plain WebSocket is refused', async () => {
    const page = await openPage(tabs, closed.url, 'room');
    await says(page, 'Not trying again.');
    await page.getByText('A plain WebSocket cannot bring a token.').waitFor();
    assert.equal(await page.getByLabel('Token').isVisible(), false);
  });
});

describe('the demo page with the client SDK, in channels with other rules', () => {
  let other;

  before(async () => {
    const rules = writeRules('sdk-rules', {
      defaults: {},
      channels: {
        closed: { keep_presence: true, presence: 'nobody', history_size: 10, history: 'nobody', publish: 'nobody' },
        silent: { keep_presence: true },
      },
    });
    other = await startServer({ settings: { rules } });
  });

  after(() => other?.stop());

  afterEach(() => assert.deepEqual(problems, [], 'the browser has nothing to complain about'));

  it('notes what a channel does not have', async () => {
    const [ann, bob] = await joinAllAt(other.url, 'bare', 'bare');
    await hears(ann, 'This channel keeps no history');
    await ann.getByText('This channel does not know who is in it.').waitFor();
    await send(ann, 'hi');
    await hears(bob, 'hi');
    assert.deepEqual(await alerts(ann), []);
  });

  it('notes what the client may not see, and warns of what was not sent', async () => {
    const [page] = await joinAllAt(other.url, 'closed');
    await hears(page, 'The history of this channel is not for you');
    await page.getByText('Who is in this channel is not for you to see.').waitFor();
    await send(page, 'let me in');
    await page.getByRole('alert').filter({ hasText: 'Not sent: 103 permission denied' }).waitFor();
    assert.equal(await messageField(page).inputValue(), 'let me in');
    await says(page, 'Connected to closed');
    await messageField(page).fill('or not');
    assert.deepEqual(await alerts(page), []);
  });

  it('shows the time of the presence, if the channel has no joins and leaves', async () => {
    const [page] = await joinAllAt(other.url, 'silent');
    await page.getByText('This channel does not tell who comes and goes.').waitFor();
    await sees(page, 'me');
  });
});

describe('the demo page with the client SDK, when something fails', () => {
  it('says so when the library cannot be loaded, and tries again when told', async () => {
    await tabs.route('**/centrifuge.js', (route) => route.abort());
    const page = await openSdk(tabs, server.url, 'room');
    await says(page, 'centrifuge.js could not be loaded');
    await tabs.unroute('**/centrifuge.js');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await says(page, 'Connected to room');
  });

  it('says so when a binary message comes that it cannot read', async () => {
    const [page] = await joinAll('binary');
    const raw = await joinRaw('binary');
    await raw.evaluate(() => new Promise((done) => {
      const socket = new WebSocket('raw/binary');
      socket.onopen = () => {
        socket.send(new Uint8Array([255]));
        done();
      };
    }));
    await says(page, 'Disconnected: 3506 inappropriate protocol. Not trying again.');
    await hears(page, 'There are bytes in this channel that are not text, and here only text can be read');
  });
});

// What one does

function token(user) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: user, exp })}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

async function joinAll(...channels) {
  return joinAllAt(server.url, ...channels);
}

async function joinAllAt(url, ...channels) {
  const pages = [];
  for (const channel of channels) {
    const page = await openSdk(tabs, url, channel);
    await says(page, 'Connected');
    pages.push(page);
  }
  return pages;
}

async function joinRaw(channel) {
  const page = await openPage(tabs, server.url, channel);
  await says(page, 'Connected');
  return page;
}
