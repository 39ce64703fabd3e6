import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launchBrowser } from './browser.js';
import { next, record, until } from './client.js';
import {
  chartValue, confirm, CONSOLE, HTML, join as joinServer, load, logIn, newConsoleWindow, openConsole, openView, pictures, READER, says,
  SECRET, tabTo,
} from './console-page.js';
import { DESKTOP } from './demo-page.js';
import { startServer } from './server.js';

let browser;
let server;
let tabs; // one window of the browser for each test
let problems; // the errors of the browser
let clients; // of the relay, for each test

before(async () => {
  browser = await launchBrowser();
  server = await startServer({ settings: CONSOLE });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  problems = [];
  clients = [];
  tabs = await newConsoleWindow(browser, DESKTOP, problems);
});

afterEach(async () => {
  clients.forEach(({ connection }) => connection.disconnect());
  await tabs.close();
});

describe('the console', () => {
  let page;

  beforeEach(async () => {
    page = await openConsole(tabs, server.url);
    await logIn(page);
  });

  afterEach(() => assert.deepEqual(problems, [], 'the browser has nothing to complain about'));

  it('shows charts that move while a load runs, and names the hottest channel', async () => {
    const stop = load(await join('ann', 'busy'));
    await until('the load is seen', async () => await published(page) > 0);
    await page.locator('.headline').filter({ hasText: 'Hottest channel' }).getByRole('link', { name: 'busy' }).waitFor();
    const earlier = await pictures(page);
    assert.equal(earlier.length, 9);
    await until('the chart of messages is drawn anew', async () => (await pictures(page))[1] !== earlier[1]);
    stop();
    await until('the load is over', async () => await published(page) === 0);
  });

  it('shows the past of the server to a page that is opened later', async () => {
    const stop = load(await join('ann', 'early'));
    await until('the load is seen', async () => await published(page) > 0);
    stop();
    await until('the load is over', async () => await published(page) === 0);
    await page.reload();
    await page.getByRole('img', { name: /^Messages/ }).focus();
    await until('arrow keys find the load', async () => {
      await page.keyboard.press('ArrowLeft');
      return await published(page) > 0;
    });
    assert.match(await page.getByRole('img', { name: /^Messages/ }).getAttribute('aria-label'), /at \d\d:\d\d:\d\d: published/);
  });

  it('holds its charts still while it is paused, and misses nothing', async () => {
    await until('the figures come', async () => (await latest(page)) > 0);
    await page.getByRole('button', { name: 'Pause' }).click();
    await says(page, 'Paused');
    const [pausedAt, earlier] = [await latest(page), await pictures(page)];
    await until('two seconds have come', async () => await latest(page) >= pausedAt + 2);
    assert.deepEqual(await pictures(page), earlier);
    await page.getByRole('button', { name: 'Pause' }).click();
    await says(page, 'Live');
    assert.notDeepEqual(await pictures(page), earlier);
  });

  it('leads from a channel to its clients, to their user and to the other clients of the user', async () => {
    const [phone, desk] = [await join('ann', 'room'), await join('ann', 'other room')];
    const [phoneId, deskId] = [phone, desk].map(({ client }) => client);
    await openView(page, 'hot', 'Hot and slow');
    await page.getByRole('link', { name: 'room', exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Channel room' }).waitFor();
    await page.getByRole('link', { name: phoneId }).first().click();
    await page.getByRole('heading', { level: 1, name: `Client ${phoneId}` }).waitFor();
    await page.getByRole('link', { name: 'room', exact: true }).waitFor();
    await page.getByRole('link', { name: deskId }).waitFor();
    await page.getByRole('link', { name: 'ann', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'User ann' }).waitFor();
    await page.getByText('2 clients. The user is not blocked.').waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: `Client ${phoneId}` }).waitFor();
  });

  it('finds channels and clients by a part of their names', async () => {
    const { client } = await join('ann', 'a haystack');
    const search = page.getByRole('searchbox', { name: 'Search channels, clients and users' });
    await search.fill('hayst');
    await search.press('Enter');
    await page.getByRole('link', { name: 'a haystack' }).waitFor();
    await page.getByText('No client has this text in its ID, its user or its address.').waitFor();
    await search.fill(client.slice(0, 13));
    await search.press('Enter');
    await page.getByRole('link', { name: client }).waitFor();
  });

  it('shows a channel, a user and a payload of HTML as the text that they are', async () => {
    const subscription = await join(HTML, HTML);
    await openView(page, `watch?channel=${encodeURIComponent(HTML)}&payloads=true`, 'Watch');
    await says(page, `Watching the channel ${HTML}.`);
    const stop = load(subscription, HTML);
    await page.getByRole('list', { name: /^Events/ }).getByText(JSON.stringify(HTML)).first().waitFor();
    for (const [view, title] of [
      ['now', 'Now'],
      ['hot', 'Hot and slow'],
      [`search?q=${encodeURIComponent('<img')}`, 'Search for <img'],
      [`channel/${encodeURIComponent(HTML)}`, `Channel ${HTML}`],
      [`user/${encodeURIComponent(HTML)}`, `User ${HTML}`],
      [`why?channel=${encodeURIComponent(HTML)}`, 'Why'],
    ]) {
      await openView(page, view, title);
      if (!view.startsWith('user')) {
        await page.getByRole('main').getByText(HTML).first().waitFor();
      }
      assert.equal(await page.locator('img').count(), 1, `the logo alone in ${view}`);
    }
    stop();
  });

  it('publishes after one question, and sends JSON as it was typed', async () => {
    const subscription = await join('ann', 'news');
    const heard = record(subscription, 'publication');
    await openView(page, 'channel/news', 'Channel news');
    await page.getByRole('link', { name: 'Publish' }).click();
    const form = page.locator('form[data-act=publish]');
    await form.getByLabel('Data').fill('{"n":1.50}');
    await form.getByRole('button', { name: 'Publish…' }).click();
    await page.getByRole('dialog').getByText('{"n":1.50}').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await form.getByRole('button', { name: 'Publish…' }).click();
    const sent = page.waitForRequest(/do\/publish/);
    await confirm(page, 'Publish');
    assert.equal((await sent).postData(), '{"channel":"news","data":{"n":1.50}}');
    await says(page, 'Published to news.');
    await until('the publication comes', () => heard.length > 0);
    assert.deepEqual(heard.map(({ data }) => data), [{ n: 1.5 }]);
  });

  it('disconnects a client, and blocks and unblocks its user', async () => {
    const subscription = await join('bob', 'room');
    await openView(page, `client/${subscription.client}`, `Client ${subscription.client}`);
    await page.getByRole('button', { name: 'Disconnect' }).click();
    const ended = next(subscription.connection, 'disconnected');
    await confirm(page, 'Disconnect');
    await says(page, `Disconnected the client ${subscription.client}.`);
    await ended;

    await openView(page, 'user/bob', 'User bob');
    await page.getByText('The user is not connected.').waitFor();
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await confirm(page, 'Block');
    await page.getByText('The user is blocked.').waitFor();
    await page.getByRole('button', { name: 'Unblock' }).click();
    await confirm(page, 'Unblock');
    await page.getByText('The user is not blocked.').waitFor();
  });

  it('hides the payloads of a history until it is asked for them', async () => {
    const subscription = await join('ann', 'diary');
    await subscription.publish({ text: 'my secret' });
    await openView(page, 'channel/diary', 'Channel diary');
    await page.getByRole('button', { name: 'Show the last 20' }).click();
    const table = page.getByRole('table', { name: 'Newest publications' });
    await table.getByRole('link', { name: 'ann' }).waitFor();
    assert.equal(await page.getByText('my secret').count(), 0);
    await page.getByLabel('with payloads').check();
    await table.getByText('{"text":"my secret"}').waitFor();
  });

  it('says why a user may or may not do something in a channel', async () => {
    await openView(page, 'why', 'Why');
    await page.getByLabel('Channel', { exact: true }).fill('nowhere:room');
    await page.getByLabel('Token').fill('no token');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('no rule names the namespace “nowhere”').waitFor();
    await page.getByText(/^refused with 3500/).waitFor();
    assert.match(page.url(), /#\/why\?channel=nowhere%3Aroom$/, 'the token is not in the address');
  });

  it('masks the secrets of its settings', async () => {
    await openView(page, 'settings', 'Settings');
    const row = page.getByRole('row').filter({ hasText: 'switchboard.token.secret' }).first();
    await row.getByText('•••').waitFor();
    assert.equal((await page.content()).includes(SECRET), false);
  });

  it('works with the keyboard alone', async () => {
    const { client } = await join('ann', 'keys');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');

    await page.reload();
    await tabTo(page, 'Hot and slow');
    await page.keyboard.press('Enter');
    await until('the title has the focus', () => page.evaluate(() => document.activeElement.textContent === 'Hot and slow'));
    await page.getByRole('link', { name: 'keys' }).first().waitFor();
    await tabTo(page, 'keys');
    await page.keyboard.press('Enter');
    const unsubscribe = page.getByRole('button', { name: `Unsubscribe ${client}` });
    await unsubscribe.waitFor();
    await tabTo(page, 'Unsubscribe');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel', 'the harmless answer');
    await page.keyboard.press('Escape');
    assert.equal(await unsubscribe.evaluate((button) => button === document.activeElement), true, 'where it was before');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await says(page, 'Unsubscribed from keys.');
  });
});

describe('the console of a session that only reads', () => {
  it('disables each act, says why, and is refused by the server', async () => {
    const { client } = await join('ann', 'room');
    const page = await openConsole(tabs, server.url);
    await logIn(page, READER);
    await page.getByText('Read only').waitFor();
    for (const [view, title] of [['do', 'Do'], [`client/${client}`, `Client ${client}`], ['user/ann', 'User ann'], ['channel/room', 'Channel room']]) {
      await openView(page, view, title);
      await page.getByText('This session can look, and do nothing.').waitFor();
      const acts = page.getByRole('main').getByRole('button', { name: /^(Publish|Unsubscribe|Disconnect|Block|Unblock|Revoke|Drain)/ });
      await acts.first().waitFor();
      assert.equal((await acts.all()).length, await page.getByRole('main').locator('button:disabled:visible').count(), view);
    }
    assert.deepEqual(problems, []);
    assert.equal(await page.evaluate(async () => {
      const { csrf } = await (await fetch('api/session')).json();
      const headers = { 'Content-Type': 'application/json', 'X-Switchboard-Csrf': csrf };
      return (await fetch('api/do/publish', { method: 'POST', headers, body: '{"channel":"room","data":1}' })).status;
    }), 403);
  });
});

async function published(page) {
  return Number.parseFloat(await chartValue(page, 'Messages', 'published'));
}

/** Returns the second of the newest figures that the page has. */
function latest(page) {
  return page.evaluate(async () => (await import(new URL('feed.js', location.href).href)).feed.latest?.at);
}

async function join(user, channel) {
  const subscription = await joinServer(server, user, channel);
  clients.push(subscription);
  return subscription;
}
