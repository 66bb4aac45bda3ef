import { gzipSync } from 'node:zlib';

import { expect, reviseOver, test } from './fixtures';
import { cell, expectRowVisible } from './pages';
import { csv, numbered } from './tables';

/** What a first visit may cost, in bytes. */
const FIRST_SCRIPT = 60_000;

test('the first script of a page is small', async ({ server }) => {
  const html = await (await fetch(server.url)).text();
  const names = new Set(html.match(/assets\/[\w.-]+\.js/g));
  const scripts = await Promise.all(
    [...names].map(async (name) => (await fetch(`${server.url}/${name}`)).text()),
  );
  const bytes = scripts.map((script) => gzipSync(script, { level: 9 }).length);
  expect(names.size).toBeGreaterThan(0);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(FIRST_SCRIPT);
});

test('a hidden tab asks for nothing until somebody looks at it', async ({
  page,
  server,
  makeShare,
}) => {
  const share = await makeShare(csv('a.csv', 'name', 'old'));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'old')).toBeVisible();
  await expect(page.getByText('Live')).toBeVisible();
  const show = (state: 'hidden' | 'visible') =>
    page.evaluate((now) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: now });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await show('hidden');
  let asked = 0;
  page.on('request', () => (asked += 1));
  await reviseOver(server, share, csv('b.csv', 'name', 'new'));
  // A second reader hears of it, so the first one has been told as well.
  const other = await page.context().newPage();
  await other.goto(`/s/${share.id}`);
  await expect(cell(other, 'new')).toBeVisible();
  await expect(cell(page, 'old')).toBeVisible();
  expect(asked).toBe(0);
  await show('visible');
  await expect(cell(page, 'new')).toBeVisible();
});

test('who has no file can try a sample, as close or apart as he likes', async ({ page }) => {
  // As a system calls a language, and some browsers after it.
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'language', { value: 'en-US@posix' });
  });
  await page.goto('/');
  await page.getByRole('button', { name: /sample table/ }).click();
  await expect(page.getByRole('gridcell', { name: 'Bergen' }).first()).toBeVisible();
  await expect(page).toHaveTitle(/^weather of ten cities · /);
  const height = async () => (await cell(page, 'Bergen').first().boundingBox())?.height ?? 0;
  const before = await height();
  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await page.getByRole('radio', { name: 'close' }).check();
  await page.getByRole('button', { name: 'Close' }).click();
  expect(await height()).toBeLessThan(before);
  await page.reload();
  await expect(cell(page, 'Bergen').first()).toBeVisible();
  expect(await height()).toBeLessThan(before);
});

test('rows that become higher stay where they are', async ({ page, makeShare }) => {
  const share = await makeShare(numbered('rows.csv', 2_000));
  await page.goto(`/s/${share.id}?row=1000`);
  await expectRowVisible(page, 1_000);
  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await page.getByRole('radio', { name: 'apart' }).check();
  await page.getByRole('button', { name: 'Close' }).click();
  await expectRowVisible(page, 1_000);
});

test('a part that the server does not have any more says to load the page again', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(numbered('rows.csv', 20));
  // As after an update of the server, for a page that was opened before.
  await page.route('**/assets/ExportDialog-*.js', (route) => route.fulfill({ status: 404 }));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'row 1')).toBeVisible();
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(page.getByRole('alert')).toContainText('load the page again');
  // And one that is there, but does not run in this browser.
  const body = "throw new RangeError('Invalid language tag')";
  await page.route('**/assets/ColumnsDialog-*.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body }),
  );
  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  const says = 'This part of the page does not work here: RangeError: Invalid language tag';
  await expect(page.getByText(says)).toBeVisible();
  await expect(cell(page, 'row 1')).toBeVisible();
});
