// What an operator does with the console, and what is seen there.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Centrifuge } from 'centrifuge';
import { BrowserSocket, next, token } from './client.js';
import { newWindow } from './demo-page.js';

export const PASSWORD = 'correct horse battery staple';
export const READER = 'may look and nothing more';

/** The secret of the tokens that clients bring. */
export const SECRET = 'a secret of tokens with 32 bytes or more';

/** The settings of a server with a console. */
export const CONSOLE = { 'admin.password': PASSWORD, 'admin.reader.password': READER, 'token.secret': SECRET };

export const HTML = '<img src=x onerror=alert(1)>';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const EXPECTED = /status of 401|\/admin\/api\/(session|login) 401/; // the question whether there is a session

/** Opens a window, and adds the errors of the browser to `problems`, without those of a login. */
export async function newConsoleWindow(browser, viewport, problems, options = {}) {
  const filtered = { push: (problem) => EXPECTED.test(problem) || /api\/(feed|watch|top).*ERR_ABORTED/.test(problem) || problems.push(problem) };
  return newWindow(browser, viewport, filtered, options);
}

export async function openConsole(window, url, view = '') {
  const page = await window.newPage();
  await page.goto(`${url}admin/${view}`);
  await passwordField(page).waitFor();
  return page;
}

export async function logIn(page, password = PASSWORD) {
  await passwordField(page).fill(password);
  await passwordField(page).press('Enter');
  await page.getByRole('button', { name: 'Log out' }).waitFor();
}

/** Opens a view, such as `hot` or `channel/news`, and waits for its title. */
export async function openView(page, view, title) {
  await page.evaluate((hash) => { location.hash = hash; }, `#/${view}`);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

export function passwordField(page) {
  return page.getByLabel('Password');
}

export async function says(page, text) {
  await page.getByRole('status').filter({ hasText: text }).waitFor();
}

/** Presses the button of the question before an act. */
export async function confirm(page, verb) {
  await page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click();
}

/** Returns what axe finds: the rule, and the first element that breaks it. */
export async function accessibilityFaults(page) {
  await page.evaluate(AXE); // not as an element of the page, which the policy of the page forbids
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}

/** Returns by how many pixels the page is wider than its window. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** Returns what the legend of a chart says about a series, as soon as there are figures. */
export async function chartValue(page, chart, series) {
  const charts = page.locator('.chart').filter({ has: page.getByRole('heading', { name: new RegExp(`^${chart}`) }) });
  return charts.locator('.legend li').filter({ hasText: series }).locator('b').textContent();
}

/** Returns the charts as they are drawn. */
export function pictures(page) {
  return page.locator('.plot canvas').evaluateAll((all) => all.map((canvas) => canvas.toDataURL()));
}

/** Presses the Tab key until an element with that text has the focus, and checks that each focus is visible. */
export async function tabTo(page, text) {
  for (let i = 0; i < 100; i++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const { outlineStyle } = getComputedStyle(document.activeElement);
      return { text: document.activeElement.textContent, outlineStyle, at: document.activeElement.outerHTML.slice(0, 200) };
    });
    if (focused.outlineStyle === 'none' && !focused.at.startsWith('<body')) {
      throw new Error(`the focus is not visible: ${focused.at}`);
    }
    if (focused.text === text) {
      return;
    }
  }
  throw new Error(`the Tab key does not reach ${text}`);
}

/** Returns the subscription of a new client of the user, with its `connection` and the ID of the `client`. */
export async function join({ port }, user, channel) {
  const connection = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, {
    websocket: BrowserSocket,
    token: token(SECRET, { sub: user }),
  });
  const subscription = connection.newSubscription(channel);
  const [{ client }] = await Promise.all([
    next(connection, 'connected', connection.connect()),
    next(subscription, 'subscribed', subscription.subscribe()),
  ]);
  return Object.assign(subscription, { client, connection });
}

/** Publishes 25 times a second until the client is disconnected; returns what stops it. */
export function load(subscription, data = { text: 'load' }) {
  const timer = setInterval(() => subscription.publish(data).catch(() => {}), 40);
  const stop = () => clearInterval(timer);
  subscription.connection.once('disconnected', stop);
  return stop;
}
