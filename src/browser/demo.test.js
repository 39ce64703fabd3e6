import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launchBrowser, TARGET } from './browser.js';
import { conversation, DESKTOP, hears, joinByHand, messageField, newWindow, openPage as open, PHONE, says, send } from './demo-page.js';
import { startServer } from './server.js';

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

describe('the demo page', () => {
  afterEach(() => assert.deepEqual(problems, [], 'the browser has nothing to complain about'));

  it('starts in the channel hello, which greets each client', async () => {
    const page = await openPage();
    await says(page, 'Connected to hello');
    await hears(page, 'Hello, Client!');
    assert.deepEqual(await page.locator('.who').allTextContents(), ['Received']);
    assert.match(page.url(), /#hello$/);
  });

  it('lets two pages of a channel talk, and no other channel listen', async () => {
    const [ann, bob, stranger, friend] = await joinAll('room', 'room', 'elsewhere', 'elsewhere');
    await send(ann, 'Is anybody there?');
    await hears(bob, 'Is anybody there?');
    await send(bob, 'Yes, here I am.');
    await hears(ann, 'Yes, here I am.');
    await send(friend, 'the first word here');
    await hears(stranger, 'the first word here');

    assert.deepEqual(await conversation(ann), ['You: Is anybody there?', 'Received: Yes, here I am.']);
    assert.deepEqual(await conversation(bob), ['Received: Is anybody there?', 'You: Yes, here I am.']);
    assert.deepEqual(await conversation(stranger), ['Received: the first word here']);
  });

  for (const text of [HTML, '<script>alert(1)</script><b>bold</b> &amp;', 'Grüße, 世界, שלום, 👩‍👩‍👧 \u{1F600}', '  two\n  lines']) {
    it(`shows ${JSON.stringify(text)} as the text that it is`, async () => {
      const [ann, bob] = await joinAll('room', 'room');
      await send(ann, text);
      for (const page of [ann, bob]) {
        await page.locator('.text').waitFor();
        assert.equal(await page.locator('.text').textContent(), text);
        assert.equal(await page.locator('.text *').count(), 0, 'elements made of foreign text');
      }
    });
  }

  it('shows a binary message as its size and its first bytes', async () => {
    const [page, sender] = await joinAll('room', 'room');
    await sendBinary(sender, Array.from({ length: 20 }, (_, i) => i * 13));
    await hears(page, '20 bytes00 0d 1a 27 34 41 4e 5b 68 75 82 8f 9c a9 b6 c3 …');
    await sendBinary(sender, [255]);
    await hears(page, '1 byteff');
  });

  for (const channel of [HTML, 'Grüner Salon', '100% "sure" & so on?', `${'ä'.repeat(127)}x`]) {
    it(`works in the channel ${channel}`, async () => {
      const [ann, bob] = await joinAll(channel, channel);
      await send(ann, 'hi');
      await hears(bob, 'hi');
      assert.equal(await bob.locator('#state').textContent(), `Connected to ${channel}`);
      assert.equal(await bob.title(), `${channel} · Switchboard`);
      assert.equal(await bob.locator('img').count(), 1, 'the logo alone');
    });
  }

  for (const [kind, channel, words] of [
    ['too long', 'ä'.repeat(128), 'too long: it has 256 bytes, and at most 255 are allowed'],
    ['empty', '', 'give the channel a name'],
    ['that URLs cannot carry', '..', 'dots alone'],
    ['that servers refuse in a path', 'a/b', 'slash'],
  ]) {
    it(`refuses a channel name ${kind}, in words and without connecting`, async () => {
      const [page] = await joinAll('room');
      const connections = countConnections(page);
      await joinByHand(page, channel);
      await page.getByRole('alert').filter({ hasText: words }).waitFor();
      await says(page, 'Not connected');
      assert.equal(await page.getByLabel('Channel').getAttribute('aria-invalid'), 'true');
      assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);
      assert.equal(connections(), 0);
    });
  }

  it('says so when the link itself names a channel too long', async () => {
    const page = await openPage('x'.repeat(256));
    await page.getByRole('alert').filter({ hasText: 'too long' }).waitFor();
    await says(page, 'Not connected');
  });

  it('says so when the link itself names a channel with control characters', async () => {
    const page = await openPage('a\tb');
    await page.getByRole('alert').filter({ hasText: 'control characters' }).waitFor();
    await says(page, 'Not connected');
  });

  it('remembers the channel in its address, and goes back to the one before', async () => {
    const [page] = await joinAll('first');
    await send(page, 'said in the first');
    await joinByHand(page, 'second one');
    await says(page, 'Connected to second one');
    assert.match(page.url(), /#second%20one$/);
    assert.deepEqual(await conversation(page), []);
    await page.goBack();
    await says(page, 'Connected to first');
    assert.equal(await page.getByLabel('Channel').inputValue(), 'first');
  });

  it('opens a second tab in the same channel', async () => {
    const [page] = await joinAll('Grüner Salon');
    const opened = tabs.waitForEvent('page');
    await page.getByRole('link', { name: 'second tab' }).click();
    await says(await opened, 'Connected to Grüner Salon');
  });

  it('shows the line of code that connects', async () => {
    const [page] = await joinAll('a b');
    const url = `ws://127.0.0.1:${server.port}/raw/a%20b`;
    assert.equal(await page.locator('#snippet').textContent(), `new WebSocket("${url}")`);
  });

  it('disconnects and connects again by its button, and keeps what was not sent', async () => {
    const [page, other] = await joinAll('room', 'room');
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await says(page, 'Closed: 1000 disconnected by you');
    await messageField(page).fill('wait for it');
    await messageField(page).press('Enter');
    assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);
    assert.equal(await messageField(page).inputValue(), 'wait for it');

    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await says(page, 'Connected to room');
    await page.getByRole('button', { name: 'Send' }).click();
    await hears(other, 'wait for it');
    assert.equal(await messageField(page).inputValue(), '');
  });

  it('keeps the latest 500 messages', async () => {
    const [page, sender] = await joinAll('room', 'room');
    await sendMany(sender, 600);
    await hears(page, 'message 600');
    assert.equal(await page.locator('#messages li').count(), 500);
    assert.match(await page.locator('#messages li').first().textContent(), /message 101$/);
    assert.ok(await page.locator('#messages li').last().isVisible());
    assert.ok(await isAtEnd(page), 'the latest message is in sight');
  });

  it('stays where the reader has scrolled to', async () => {
    const [page, sender] = await joinAll('room', 'room');
    await sendMany(sender, 100);
    await hears(page, 'message 100');
    await page.locator('#log').evaluate((log) => log.scrollTo(0, 0));
    await send(sender, 'one more');
    await hears(page, 'one more');
    assert.equal(await page.locator('#log').evaluate((log) => log.scrollTop), 0);
  });

  it('gives back a message that was too big, and does not connect again', async () => {
    const [page] = await joinAll('room');
    await page.clock.install();
    const connections = countConnections(page);
    await send(page, 'x'.repeat(65_537));
    await says(page, 'Closed: 1009 message size limit. Not trying again.');
    await page.clock.fastForward('10:00');
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    assert.equal(connections(), 0);
    await page.getByRole('alert').filter({ hasText: 'Not sent: 1009 message size limit' }).waitFor();
    assert.equal(await page.locator('#cure').textContent(), 'The message is larger than this server takes.');
    assert.equal((await messageField(page).inputValue()).length, 65_537);
    assert.deepEqual(await conversation(page), []);
  });

  it('shows long JSON on several lines, and copies it as it is', async () => {
    await tabs.grantPermissions(['clipboard-read', 'clipboard-write']);
    const [page, sender] = await joinAll('room', 'room');
    const json = '{"big":12345678901234567890, "list":[1e2,[],{}],"text":"a \\" {b}: [c], and <b>d</b>"}';
    await send(sender, json);
    const shown = page.locator('.json');
    await shown.waitFor();
    assert.equal(await shown.textContent(), [
      '{',
      '  "big": 12345678901234567890,',
      '  "list": [',
      '    1e2,',
      '    [],',
      '    {}',
      '  ],',
      '  "text": "a \\" {b}: [c], and <b>d</b>"',
      '}',
    ].join('\n'));
    assert.equal(await page.locator('.json *').count(), 0, 'elements made of foreign text');
    await page.getByRole('button', { name: 'Copy the message' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await says(page, 'The message is copied.');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), json);
  });

  it('copies a binary message with the bytes that it shows', async () => {
    await tabs.grantPermissions(['clipboard-read', 'clipboard-write']);
    const [page, sender] = await joinAll('room', 'room');
    await sendBinary(sender, [1, 255]);
    await hears(page, '2 bytes01 ff');
    await page.getByRole('button', { name: 'Copy the message' }).click();
    await says(page, 'The message is copied.');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '2 bytes 01 ff');
  });

  it('leaves JSON of very many levels as it is', async () => {
    const page = await openPage();
    assert.equal(await page.evaluate(async () => {
      const { readable } = await import('./json.js');
      const deep = '['.repeat(20_000) + ']'.repeat(20_000); // the relay passes on no text of so many levels
      return readable(deep) === deep;
    }), true);
  });

  for (const action of ['disconnects', 'joins another channel']) {
    it(`gives back a message that is not confirmed when the user ${action}`, async () => {
      const [page] = await joinAll('room');
      await page.evaluate((leaves) => { // in one task, so that no answer comes in between
        document.getElementById('text').value = 'perhaps lost';
        document.getElementById('compose').requestSubmit();
        if (!leaves) {
          document.getElementById('channel').value = 'elsewhere';
        }
        document.getElementById('toggle').click();
      }, action === 'disconnects');
      await page.getByRole('alert').filter({ hasText: 'Perhaps not sent: 1000 disconnected by you' }).waitFor();
      assert.equal(await messageField(page).inputValue(), 'perhaps lost');
    });
  }

  it('knows its own messages when one of them has half a character', async () => {
    const [page] = await joinAll('room');
    await page.evaluate(() => {
      for (const text of ['half \ud83d', 'whole']) {
        document.getElementById('text').value = text;
        document.getElementById('compose').requestSubmit();
      }
    });
    await hears(page, 'whole');
    assert.deepEqual(await conversation(page), ['You: half \ufffd', 'You: whole']);
  });

  it('lets the arrow keys choose the message to copy', async () => {
    await tabs.grantPermissions(['clipboard-read', 'clipboard-write']);
    const [page, sender] = await joinAll('room', 'room');
    for (const text of ['first', 'second', 'third']) {
      await send(sender, text);
      await hears(page, text);
    }
    await page.locator('#log').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'second');
  });

  it('shows a conversation well on a desktop and on a phone', async () => {
    const [ann, bob] = await joinAll('hello', 'hello');
    await send(ann, 'Good morning! Is the new release on the test server yet?');
    await hears(bob, 'Good morning! Is the new release on the test server yet?');
    await send(bob, 'Since ten minutes ago. Have a look.');
    await hears(ann, 'Since ten minutes ago. Have a look.');
    await send(ann, 'Ça marche, merci. <b>Works</b> here, too!');
    await hears(bob, 'Ça marche, merci. <b>Works</b> here, too!');
    await sendBinary(bob, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0]);
    await hears(ann, '18 bytes89 50 4e 47 0d 0a 1a 0a 00 00 00 0d 49 48 44 52 …');
    await ann.screenshot({ path: `${TARGET}demo.png` });
    await ann.setViewportSize(PHONE);
    await ann.screenshot({ path: `${TARGET}demo-phone.png` });
  });

  it('has nothing to scroll sideways on a phone', async () => {
    const phone = await newWindow(browser, PHONE, problems);
    try {
      const channel = 'W'.repeat(255);
      const page = await openPage(channel, server.url, phone);
      const sender = await openPage(channel);
      await says(page, 'Connected');
      await says(sender, 'Connected');
      await send(sender, 'W'.repeat(2_000));
      await sendBinary(sender, new Array(64).fill(255), channel);
      await page.locator('#messages li').nth(1).waitFor();
      for (const part of ['html', '#log']) {
        const [content, width] = await page.locator(part).evaluate((node) => [node.scrollWidth, node.clientWidth]);
        assert.ok(content <= width, `${part} is ${content} wide in ${width}`);
      }
    } finally {
      await phone.close();
    }
  });

  it('finds all its files, the icon of the tab included', async () => {
    const page = await openPage();
    const files = await page.locator('link, script, img').evaluateAll((nodes) => nodes.map((node) => node.href ?? node.src));
    assert.equal(files.length, 5, 'and not the client SDK');
    for (const file of files) {
      assert.equal((await tabs.request.get(file)).status(), 200, file);
    }
  });

  it('works below a context path', async () => {
    const other = await startServer({ context: '/chat' });
    try {
      assert.match(other.url, /\/chat\/$/);
      const page = await openPage('', other.url);
      await says(page, 'Connected to hello');
      await hears(page, 'Hello, Client!');
    } finally {
      await other.stop();
    }
  });
});

describe('when the server stops', () => {
  let stopping;

  beforeEach(async () => {
    stopping = await startServer();
  });

  afterEach(() => stopping.stop());

  it('says so, connects by itself when there is a server again, and goes on', async () => {
    const [ann, bob] = await joinAllAt(stopping.url, 'room', 'room');
    await send(ann, 'before');
    await hears(bob, 'before');
    await stopping.stop();
    await says(ann, 'Closed: 3001 shutdown. Trying again in 1 second.');
    assert.equal(await ann.getByRole('button', { name: 'Send' }).isDisabled(), true);

    stopping = await startServer({ port: stopping.port });
    await says(ann, 'Connected to room');
    await says(bob, 'Connected to room');
    await send(ann, 'after');
    await hears(bob, 'after');
    assert.deepEqual(await conversation(bob), ['Received: before', 'Received: after']);
  });

  it('says why it cannot connect', async () => {
    const [page] = await joinAllAt(stopping.url, 'room');
    await stopping.stop();
    await page.getByText('The server does not answer.').waitFor();
    stopping = await startServer({ port: stopping.port });
    await says(page, 'Connected to room');
    assert.equal(await page.locator('#cure').textContent(), '');
  });

  it('names the answer of a proxy in its place', async () => {
    const [page] = await joinAllAt(stopping.url, 'room');
    await page.route('**/health/ready', (route) => route.fulfill({ status: 502, body: '' }));
    await stopping.stop();
    await says(page, 'HTTP 502: a proxy answers instead of the server.');
  });

  it('waits longer from try to try, up to 20 seconds, until told to give up', async () => {
    const [page] = await joinAllAt(stopping.url, 'room');
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000); // or the page would try again while the server still stops
    await stopping.stop();
    const waits = [];
    for (let tries = 0; tries < 8; tries++) {
      await says(page, 'Trying again in');
      waits.push(Number(/in (\d+) second/.exec(await page.locator('#state').textContent())[1]));
      const tried = page.waitForEvent('websocket');
      await page.clock.runFor(waits.at(-1) * 1_000);
      await tried;
    }
    const growing = waits.slice(0, 5);
    assert.equal(waits[0], 1);
    assert.deepEqual(growing, growing.toSorted((a, b) => a - b));
    assert.ok(waits.slice(5).every((wait) => wait > 10 && wait <= 20), waits.join());

    await says(page, 'Trying again in');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await says(page, 'Closed: 1000 disconnected by you');
    const connections = countConnections(page);
    await page.clock.fastForward('10:00');
    assert.equal(connections(), 0);
  });
});

// What one does

async function openPage(channel = '', url = server.url, window = tabs) {
  return open(window, url, channel);
}

async function joinAll(...channels) {
  return joinAllAt(server.url, ...channels);
}

async function joinAllAt(url, ...channels) {
  const pages = [];
  for (const channel of channels) {
    const page = await openPage(channel, url);
    await says(page, 'Connected');
    pages.push(page);
  }
  return pages;
}

async function sendBinary(page, bytes, channel = channelOf(page)) {
  await page.evaluate(sendFrom, [channel, [bytes]]);
}

async function sendMany(page, count) {
  const texts = Array.from({ length: count }, (_, i) => `message ${i + 1}`);
  await page.evaluate(sendFrom, [channelOf(page), texts]);
}

function channelOf(page) {
  return decodeURIComponent(new URL(page.url()).hash.slice(1));
}

/** Sends from the page by another connection. Arrays become binary messages. */
function sendFrom([channel, messages]) {
  return new Promise((done, failed) => {
    const socket = new WebSocket(`raw/${encodeURIComponent(channel)}`);
    socket.onopen = () => {
      messages.forEach((message) => socket.send(Array.isArray(message) ? new Uint8Array(message) : message));
      socket.close(1000);
    };
    socket.onclose = ({ code }) => (code === 1000 ? done() : failed(new Error(String(code))));
  });
}

// What one sees

function isAtEnd(page) {
  return page.locator('#log').evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight < 2);
}

function countConnections(page) {
  let count = 0;
  page.on('websocket', () => count++);
  return () => count;
}
