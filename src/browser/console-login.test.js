import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launchBrowser } from './browser.js';
import { CONSOLE, logIn, newConsoleWindow, openConsole, passwordField, PASSWORD, says } from './console-page.js';
import { DESKTOP } from './demo-page.js';
import { startServer } from './server.js';

let browser;
let server;
let tabs; // one window of the browser for each test
let problems; // the errors of the browser

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
  tabs = await newConsoleWindow(browser, DESKTOP, problems);
});

afterEach(() => tabs.close());

describe('the login of the console', () => {
  it('leads to the view that the address names, and shows nothing before', async () => {
    const page = await openConsole(tabs, server.url, '#/hot');
    assert.equal(await page.getByRole('navigation').count(), 0);
    await logIn(page);
    await page.getByRole('heading', { level: 1, name: 'Hot and slow' }).waitFor();
    assert.match(page.url(), /#\/hot$/);
    assert.deepEqual(problems, []);
  });

  it('says that a password is wrong, and after five of them how long to wait', async () => {
    const other = await startServer({ settings: CONSOLE }); // it counts for itself
    try {
      const page = await openConsole(tabs, other.url);
      for (let i = 1; i <= 5; i++) {
        assert.equal(await tryPassword(page, `wrong password ${i}`), 401);
        await page.getByRole('alert').filter({ hasText: /password/i }).waitFor();
      }
      assert.equal(await tryPassword(page, PASSWORD), 429, 'even the right one');
      await page.getByRole('alert').filter({ hasText: /Try again in \d+ seconds?\./ }).waitFor();
    } finally {
      await other.stop();
    }
  });

  it('comes back when the session is lost, and leads on to the same view', async () => {
    const page = await openConsole(tabs, server.url, '#/hot');
    await logIn(page);
    await tabs.clearCookies();
    await page.getByText('Your session has ended. Please log in again.').waitFor();
    await logIn(page);
    await page.getByRole('heading', { level: 1, name: 'Hot and slow' }).waitFor();
  });

  it('comes back after a restart of the server, which the page tells before', async () => {
    const first = await startServer({ settings: CONSOLE });
    const page = await openConsole(tabs, first.url, '#/nodes');
    await logIn(page);
    await page.getByText('This node is alone.').waitFor();
    await first.kill();
    await says(page, 'The connection is lost. Trying again…');
    await page.getByRole('alert').filter({ hasText: 'The server does not answer.' }).waitFor();
    const second = await startServer({ port: first.port, settings: CONSOLE });
    try {
      await page.getByText('Your session has ended. Please log in again.').waitFor();
      await logIn(page);
      await page.getByText('This node is alone.').waitFor();
    } finally {
      await second.stop();
    }
  });

  it('is needed again after a logout', async () => {
    const page = await openConsole(tabs, server.url);
    await logIn(page);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByText('You are logged out.').waitFor();
    await page.reload();
    await passwordField(page).waitFor();
  });

  it('is one link away from the demo page', async () => {
    const page = await tabs.newPage();
    await page.goto(server.url);
    await page.getByRole('link', { name: 'console' }).click();
    await passwordField(page).waitFor();
  });
});

async function tryPassword(page, password) {
  await passwordField(page).fill(password);
  const answered = page.waitForResponse(/api\/login/);
  await passwordField(page).press('Enter');
  return (await answered).status();
}
