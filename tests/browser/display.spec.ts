/** How cells and columns are shown: numbers and days by language, and columns where a hand puts them. */
import type { Locator, Page } from '../../frontend/browser/kit';
import { header, orders, panel } from './asking';
import { expect, test } from './fixtures';
import { cell, grid } from './pages';
import { csv } from './tables';

const first = (page: Page) => page.locator('[data-row="0"][data-column="0"]');

test.describe('in German', () => {
  test.use({
    locale: 'de-DE',
    timezoneId: 'America/New_York',
    permissions: ['clipboard-read', 'clipboard-write'],
  });

  test('numbers and days are shown by language where a reader wants that, and copied as written', async ({
    page,
    makeShare,
  }) => {
    const share = await makeShare(
      csv(
        'local.csv',
        'code,big,amount,day,moment,thousands',
        '00123,9223372036854775807,-1234567.50,2026-01-31,2026-01-31T00:30:00Z,12.345',
        '00124,1999,0.10,1999-12-31,2026-07-01T23:59:59.250+05:30,"2.345.678,9"',
        ',,,,,1.234',
      ),
    );
    await page.goto(`/s/${share.id}`);
    await expect(cell(page, '-1234567.50')).toBeVisible();
    await page.getByRole('button', { name: 'Columns', exact: true }).click();
    await panel(page).getByRole('radio', { name: 'in my language' }).check();
    await page.keyboard.press('Escape');
    for (const text of ['00123', '9.223.372.036.854.775.807', '1999', '-1.234.567,50', '0,10']) {
      await expect(cell(page, text)).toBeVisible();
    }
    await expect(cell(page, '-1.234.567,50')).toHaveCSS('text-align', 'right');
    await expect(cell(page, '31. Jan. 2026')).toBeVisible();
    await expect(cell(page, '31. Jan. 2026, 0:30:00 UTC')).toBeVisible();
    await expect(cell(page, '1. Juli 2026, 23:59:59,250 +05:30')).toBeVisible();
    // 1.234 alone may be little more than one: its column tells that it is a thousand.
    await expect(cell(page, '1.234')).toBeVisible();
    await expect(cell(page, '12.345')).toBeVisible();
    await expect(cell(page, '2.345.678,9')).toBeVisible();

    await cell(page, '-1.234.567,50').click();
    await expect(page.getByText('-1234567.50', { exact: true })).toBeVisible();
    await page.keyboard.press('Control+c');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('-1234567.50');
    await page.keyboard.press('Enter');
    await expect(panel(page).getByText('written 2026-01-31T00:30:00Z')).toBeVisible();
    await page.reload();
    await expect(cell(page, '31. Jan. 2026')).toBeVisible();
  });
});

async function carry(page: Page, from: Locator, to: Locator): Promise<void> {
  const [start, end] = [await from.boundingBox(), await to.boundingBox()];
  if (start === null || end === null) throw new Error('no header');
  await page.mouse.move(start.x + start.width / 2, start.y + 15);
  await page.mouse.down();
  await page.mouse.move(end.x + end.width - 20, end.y + 15, { steps: 5 });
}

test('a column is carried to another place by its header, and put back by Escape', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 50));
  await page.goto(`/s/${share.id}`);
  await expect(first(page)).toHaveText('1');
  await carry(page, header(page, 'order'), header(page, 'price'));
  await expect(page.locator('.gap')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.locator('.gap')).toHaveCount(0);
  await page.mouse.up();
  await expect(header(page, 'price')).toHaveAttribute('aria-sort', 'none');
  await carry(page, header(page, 'order'), header(page, 'price'));
  await page.mouse.up();
  await expect(page).toHaveURL(/columns=store%2Cprice%2Corder%2Cplaced/);
  await expect(first(page)).toHaveText('Bergen');
  await expect(page.getByText('order is column 3 now')).toBeVisible();
  await expect(header(page, 'price')).toHaveAttribute('aria-sort', 'none');
  // What only begins like it is a click.
  await header(page, 'price').click();
  await expect(header(page, 'price')).toHaveAttribute('aria-sort', 'ascending');

  await grid(page).focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('ArrowUp');
  for (const times of [1, 2, 3]) {
    await page.keyboard.press('Shift+ArrowRight');
    if (times === 3) await expect(page.getByText('store is column 4 now')).toBeVisible();
  }
  await page.goBack();
  await expect(page).toHaveURL(/columns=price%2Corder%2Cstore%2C/);
});

test.describe('a finger', () => {
  test.use({ hasTouch: true });

  test('carries a column after resting on its header', async ({ page, makeShare }) => {
    const share = await makeShare(orders('orders.csv', 50));
    await page.goto(`/s/${share.id}`);
    await expect(first(page)).toHaveText('1');
    const [from, to] = [
      await header(page, 'store').boundingBox(),
      await header(page, 'placed').boundingBox(),
    ];
    if (from === null || to === null) throw new Error('no header');
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x?: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: x === undefined ? [] : [{ x, y: from.y + 15 }],
      });
    await touch('touchStart', from.x + from.width / 2);
    await expect(page.locator('.gap')).toBeVisible();
    for (const part of [0.2, 0.6, 1]) {
      await touch(
        'touchMove',
        from.x + from.width / 2 + (to.x + to.width - 20 - from.x - from.width / 2) * part,
      );
    }
    await touch('touchEnd');
    await expect(page).toHaveURL(/columns=order%2Cprice%2Cplaced%2Cstore/);
    await expect(header(page, 'placed')).toHaveAttribute('aria-sort', 'none');
  });
});
