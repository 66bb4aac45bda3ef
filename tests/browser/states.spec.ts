/** Every page and every state of it, looked at by axe in light and dark. */
import { expectAccessible, OPENED, STANDARD } from './accessible';
import { header, openPanel, orders, panel } from './asking';
import { expect, reviseOver, test } from './fixtures';
import { CRAWLING, lineOf, SLOW } from './line';
import { cell, grid, untilPart, upload } from './pages';
import { BROKEN, csv, numbered, onDisk } from './tables';

// A program looks at every element, again and again: on a busy machine that takes a while.
test.slow();

const EMPTY = { ...csv('empty.csv'), buffer: Buffer.alloc(0) };

test('the start page, a page that leads nowhere, and the documentation', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByText('Nothing here yet')).toBeVisible();
  await expectAccessible(page);
  await upload(page, EMPTY);
  await expect(page.getByRole('alert')).toContainText('The file is empty');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Close' }).click();
  await upload(page, csv('cities.csv', 'city,people', 'Oslo,709037'));
  await expect(cell(page, 'Oslo')).toBeVisible();
  await page.goto('/');
  await expect(page.getByRole('link', { name: /cities/ })).toBeVisible();
  await expectAccessible(page);
  await page.goto('/s/unknown');
  await expect(page.getByRole('heading')).toBeVisible();
  await expectAccessible(page);
  await page.goto('/docs');
  await expect(page.getByText('/api/v1/shares', { exact: true }).first()).toBeVisible();
  // All that is in it is of the same few kinds.
  await expectAccessible(page, '.opblock-tag-section:first-of-type, .info', STANDARD);
});

test('a table and all that is opened upon it', async ({ page, makeShare }) => {
  const share = await makeShare(orders('orders.csv', 300));
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, 'Oslo').first()).toBeVisible();
  await grid(page).focus();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowRight');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await expect(panel(page).getByText('placed')).toBeVisible();
  await expectAccessible(page, OPENED);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(panel(page).getByRole('heading', { name: 'Keys' })).toBeVisible();
  await expectAccessible(page, OPENED);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await panel(page).getByRole('radio', { name: 'in my language' }).check();
  await expectAccessible(page, OPENED);
  await page.keyboard.press('Escape');
  await grid(page).focus();
  await page.keyboard.press('Enter');
  await expect(
    panel(page)
      .getByText(/^written /)
      .first(),
  ).toBeVisible();
  await expectAccessible(page, OPENED);
  await page.keyboard.press('Escape');
});

test('what a table is given away by, and its history', async ({ page, server, makeShare }) => {
  const share = await makeShare(orders('orders.csv', 300));
  await reviseOver(server, share, orders('orders.csv', 310));
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(panel(page)).toBeVisible();
  await expectAccessible(page, OPENED);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Share…' }).click();
  await panel(page).getByRole('button', { name: 'QR code' }).click();
  await expect(panel(page).getByRole('img', { name: /^QR code of/ })).toBeVisible();
  await panel(page).getByRole('button', { name: 'Delete this share…' }).click();
  await expectAccessible(page, OPENED);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'History' }).click();
  await expect(panel(page).getByText('what everyone sees')).toBeVisible();
  await expectAccessible(page, OPENED);
  await page.getByRole('link', { name: 'Open revision 1' }).click();
  await expect(page.getByText('You are looking at revision 1.')).toBeVisible();
  await expectAccessible(page);

  await page.goto(`/s/${share.id}/embed`);
  await expect(cell(page, 'Oslo').first()).toBeVisible();
  await expectAccessible(page);
});

test('a question, its filters, its summaries, and what has no answer', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 1_000));
  await page.goto(`/s/${share.id}?order__lte=900&remark__contains=call&sort=-order,store`);
  await expect(cell(page, '900')).toBeVisible();
  await page.getByRole('button', { name: 'Summaries' }).click();
  await expect(page.locator('.says').first()).toContainText('distinct');
  await expectAccessible(page);
  for (const column of ['order', 'store', 'paid']) {
    await openPanel(page, column);
    await expect(panel(page).getByText('Empty', { exact: true })).toBeVisible();
    await expectAccessible(page, OPENED);
    await page.keyboard.press('Escape');
    await expect(header(page, column)).toBeVisible();
  }
  await page.getByRole('button', { name: 'Filter…' }).click();
  await expect(panel(page).getByText('Distinct')).toBeVisible();
  await expectAccessible(page, OPENED);
  await page.goto(`/s/${share.id}?gone__eq=1&q=nowhere`);
  await expect(page.getByText('No row fits this question.')).toBeVisible();
  await expect(page.getByText('There is no column “gone”')).toBeVisible();
  await expectAccessible(page);
  await page.goto(`/s/${share.id}?order__gte=many`);
  await expect(page.getByText('The table cannot be asked that')).toBeVisible();
  await expectAccessible(page);
});

test('remarks, a failure, a link that waits for its file, a share that is gone', async ({
  page,
  server,
  makeShare,
}) => {
  const long = 'what no column shows whole '.repeat(1_000);
  const share = await makeShare(csv('ragged.csv', 'a,b', `1,${long}`, '3,4,5', '6,7', '8'));
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await grid(page).focus();
  await page.keyboard.press('Enter');
  await expect(panel(page).getByText(long.trim())).toBeVisible();
  await expectAccessible(page, OPENED);
  await page.keyboard.press('Escape');
  await upload(page, EMPTY);
  await expect(page.getByRole('alert')).toContainText('The file is empty');
  await expectAccessible(page);
  await page.getByText(/\d remarks?/).click();
  await upload(page, BROKEN);
  await expect(page.getByText(/could not be read/)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Read it differently…' }).last().click();
  await expect(panel(page)).toBeVisible();
  await expectAccessible(page, OPENED);

  const begun = await fetch(`${server.url}/api/v1/uploads`, {
    method: 'POST',
    headers: { 'Tus-Resumable': '1.0.0', 'Upload-Length': '100' },
  });
  const waiting = /\/s\/[\w-]+/.exec(await begun.text())?.[0] ?? '';
  await page.goto(waiting);
  await expect(page.getByText('Nothing to see yet')).toBeVisible();
  await expectAccessible(page);

  await page.goto(`/s/${share.id}`);
  await expect(cell(page, '3').first()).toBeVisible();
  await fetch(`${server.url}/api/v1/shares/${share.id}`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${share.token}` },
  });
  await expect(page.getByText('This share was deleted')).toBeVisible();
  await expectAccessible(page);
});

test('leading and following', async ({ page, browser, server, makeShare }) => {
  const share = await makeShare(orders('orders.csv', 300));
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await page.getByRole('button', { name: 'Present', exact: true }).click();
  await expect(page.getByText('You are presenting')).toBeVisible();
  await expectAccessible(page);
  const reader = await (await browser.newContext()).newPage();
  await reader.goto(`${server.url}/s/${share.id}`);
  await expect(reader.getByText('Somebody is presenting this table.')).toBeVisible();
  await expectAccessible(reader);
  await reader.getByRole('button', { name: 'Follow' }).click();
  await expect(reader.getByText('You see what the presenter shows.')).toBeVisible();
  await expectAccessible(reader);
  await reader.context().close();
});

test('an upload that runs, that rests, and that was left', async ({ page, server, makeShare }) => {
  const path = onDisk(server.folder, numbered('measured.csv', 1_000_000));
  const share = await makeShare(numbered('table.csv', 1_000));
  page.on('dialog', (dialog) => void dialog.accept());
  const line = await lineOf(page);
  for (const place of ['/', `/s/${share.id}#edit=${share.token}`]) {
    await page.goto(place);
    await line(SLOW);
    await page.setInputFiles('input[type=file]', path);
    await untilPart(page, 5);
    await line(CRAWLING);
    await expectAccessible(page);
    const running = page.getByRole('region', { name: 'Uploading' });
    await running.getByRole('button', { name: 'Pause' }).click();
    await expect(page.getByText('Paused')).toBeVisible();
    await expectAccessible(page);
    await page.reload();
    await expect(page.getByText('Choose the file again', { exact: true })).toBeVisible();
    await expectAccessible(page);
  }
});
