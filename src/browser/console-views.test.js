import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from './browser.js';
import {
  accessibilityFaults, chartValue, CONSOLE, HTML, join, load, logIn, newConsoleWindow, openConsole, openView, overflow,
} from './console-page.js';
import { startServer } from './server.js';

const PHONE = { width: 360, height: 740 };
const WIDE = { width: 1440, height: 900 };
const SCREENSHOTS = fileURLToPath(new URL('../../target/screenshots/', import.meta.url));

describe('each view of the console', () => {
  let browser;
  let server;
  let page;
  let views;
  let clients;
  const problems = []; // the errors of the browser

  before(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await launchBrowser();
    server = await startServer({ settings: CONSOLE });
    clients = [await join(server, 'ann', 'chat room'), await join(server, HTML, HTML), await join(server, 'ann', 'x'.repeat(255))];
    const [subscription, hostile] = clients;
    load(subscription);
    load(hostile);
    views = [
      ['now', 'Now', () => chartValue(page, 'Messages', 'published')],
      ['hot', 'Hot and slow', () => page.getByRole('link', { name: 'chat room' }).first().waitFor()],
      ['channel/chat%20room', 'Channel chat room', () => page.getByRole('link', { name: subscription.client }).first().waitFor()],
      [`client/${subscription.client}`, `Client ${subscription.client}`, () => page.getByRole('link', { name: 'chat room' }).first().waitFor()],
      ['user/ann', 'User ann', () => page.getByText('2 clients.').waitFor()],
      ['search', 'All channels and clients', () => page.getByRole('link', { name: 'chat room' }).waitFor()],
      ['watch?user=ann&payloads=true', 'Watch', () => page.getByRole('list', { name: /^Events/ }).getByRole('listitem').first().waitFor()],
      ['do?act=publish&channel=news', 'Do', () => page.getByRole('button', { name: 'Drain…' }).waitFor()],
      ['why?channel=chat%20room&user=ann', 'Why', () => page.getByRole('heading', { name: 'Rights' }).waitFor()],
      ['nodes', 'Nodes', () => page.getByText('This node is alone.').waitFor()],
      ['settings', 'Settings', () => page.getByText('switchboard.admin.password').first().waitFor()],
    ];
  });

  after(async () => {
    clients?.forEach(({ connection }) => connection.disconnect());
    await browser?.close();
    await server?.stop();
  });

  for (const [look, viewport, colorScheme] of [['light', WIDE, 'light'], ['dark', WIDE, 'dark'], ['phone', PHONE, 'light']]) {
    it(`passes axe, fits its window and has a picture: ${look}`, async () => {
      // Colours on their way have too little contrast.
      const tabs = await newConsoleWindow(browser, viewport, problems, { colorScheme, reducedMotion: 'reduce' });
      page = await openConsole(tabs, server.url);
      await examine('login');
      await logIn(page);
      for (const [view, title, shown] of views) {
        await openView(page, view, title);
        await shown();
        await examine(/^\w+/.exec(view)[0]);
      }
      await page.getByRole('link', { name: 'Do', exact: true }).click();
      await page.getByRole('button', { name: 'Drain…' }).click();
      await examine('question');
      await tabs.close();
      assert.deepEqual(problems, []);

      async function examine(name) {
        await page.screenshot({ path: `${SCREENSHOTS}${look}-${name}.png`, fullPage: name !== 'question' });
        assert.deepEqual(await accessibilityFaults(page), [], name);
        assert.ok(await overflow(page) <= 0, `${name} can be moved sideways`);
      }
    });
  }
});
