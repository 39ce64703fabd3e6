// What one does with the demo page, and what one sees there.

export const DESKTOP = { width: 1100, height: 760 };
export const PHONE = { width: 390, height: 844 };

/** Opens a window, and adds the errors of the browser to `problems`. */
export async function newWindow(browser, viewport, problems, options = {}) {
  const opened = await browser.newContext({ viewport, locale: 'en-GB', ...options });
  opened.setDefaultTimeout(15_000);
  opened.on('page', (page) => watch(page, problems));
  return opened;
}

function watch(page, problems) {
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      problems.push(message.text());
    }
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('requestfailed', (request) => problems.push(`${request.url()} ${request.failure().errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) {
      problems.push(`${response.url()} ${response.status()}`);
    }
  });
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
}

export async function openPage(window, url, channel) {
  const page = await window.newPage();
  await page.goto(channel === '' ? url : `${url}#${encodeURIComponent(channel)}`);
  return page;
}

export function openSdk(window, url, channel) {
  return openPage(window, `${url}?mode=sdk`, channel);
}

export async function joinByHand(page, channel) {
  await page.getByLabel('Channel').fill(channel);
  await page.getByLabel('Channel').press('Enter');
}

export async function send(page, text) {
  await messageField(page).fill(text);
  await messageField(page).press('Enter');
}

export function messageField(page) {
  return page.getByRole('textbox', { name: 'Message' });
}

export async function says(page, text) {
  await page.getByRole('status').filter({ hasText: text }).waitFor();
}

export async function hears(page, text) {
  await page.getByRole('log').getByText(text, { exact: true }).waitFor();
}

/** Returns the messages without the notes between them. */
export async function conversation(page) {
  return page.locator('#messages li:not(.note)').evaluateAll((items) =>
    items.map((item) => `${item.querySelector('.who').textContent}: ${item.querySelector('.text').textContent}`));
}

/** Checks that the page shows exactly these clients: `me`, and other pages. */
export async function sees(page, ...everybody) {
  await page.locator('#people-count').getByText(String(everybody.length), { exact: true }).waitFor();
  await page.locator('#people-list .own').getByText('you').waitFor();
  for (const other of everybody.filter((who) => who !== 'me')) {
    if (await other.getByRole('radio', { name: 'Client SDK' }).isChecked()) { // raw clients do not know their name
      await page.locator('#people-list').getByText(await nameOf(other), { exact: true }).waitFor();
    }
  }
}

export async function nameOf(page) {
  const own = await page.locator('#people-list .own').textContent();
  return own.replace(' you', '');
}

/** Returns the errors that the page shows. */
export function alerts(page) {
  return page.locator('[role=alert]:not(:empty)').allTextContents();
}
