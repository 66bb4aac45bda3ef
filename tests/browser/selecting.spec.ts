import type { Page } from '../../frontend/browser/kit';
import { header, openPanel, orders, panel } from './asking';
import { expect, test } from './fixtures';
import { cell, expectRowVisible, grid } from './pages';
import { csv } from './tables';

const at = (page: Page, row: number, column: number) =>
  page.locator(`[data-row="${String(row)}"][data-column="${String(column)}"]`);
const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('cells are selected by mouse and keys, and copied as a spreadsheet takes them', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 3_000));
  await page.goto(`/s/${share.id}?pin=1`);
  await at(page, 1, 0).hover();
  await page.mouse.down();
  await at(page, 3, 1).hover();
  await page.mouse.up();
  await expect(page.getByText('3 × 2 selected')).toBeVisible();
  await page.getByRole('button', { name: 'Copy with header' }).click();
  await expect(page.getByText('3 rows × 2 columns copied')).toBeVisible();
  expect(await copied(page)).toBe('order\tstore\n2\tTromsø\n3\tÅlesund\n4\tOslo');

  await at(page, 0, 1).click();
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Control+c');
  await expect(page.getByText('1 row × 2 columns copied')).toBeVisible();
  expect(await copied(page)).toBe('Bergen\t791.90');
  await at(page, 4, 2).click({ modifiers: ['Shift'] });
  await expect(page.getByText('5 × 2 selected')).toBeVisible();
  await expect(page.locator('[aria-selected=true]')).toHaveCount(10);
  await page.keyboard.press('Escape');
  await expect(page.locator('[aria-selected=true]')).toHaveCount(1);

  await page
    .getByRole('rowheader', { name: '7', exact: true })
    .click({ position: { x: 40, y: 9 } });
  await expect(page.getByText('1 × 6 selected')).toBeVisible();
  // Rows that were never on the screen are part of everything.
  await page.keyboard.press('Control+a');
  await expect(page.getByText('3,000 × 6 selected')).toBeVisible();
  await page.keyboard.press('Control+c');
  await expect(page.getByText('3,000 rows × 6 columns copied')).toBeVisible();
  const lines = (await copied(page)).split('\n');
  expect(lines).toHaveLength(3_000);
  expect(lines.at(-1)).toMatch(/^3000\tOslo\t/);
});

test('all of a row can be read, the next one too, and a link leads to it', async ({
  page,
  makeShare,
}) => {
  const long = 'a very long remark that no column shows whole '.repeat(12).trim();
  const share = await makeShare(
    csv('rows.csv', 'name,site,remark', `one,https://example.org/1,${long}`, 'two,javascript:x(),'),
  );
  await page.goto(`/s/${share.id}?columns=name,site`);
  const link = page.getByRole('link', { name: 'https://example.org/1' });
  await expect(link).toHaveAttribute('rel', /noopener/);
  await expect(cell(page, 'javascript:x()')).toBeVisible();
  await expect(page.getByRole('link', { name: /javascript/ })).toHaveCount(0);
  await grid(page).focus();
  await page.keyboard.press('Enter');
  await expect(panel(page).getByText(long)).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(panel(page).getByRole('heading', { name: 'Row 2' })).toBeVisible();
  await expect(panel(page).getByText(/no value|empty text/)).toBeVisible();
  await panel(page).getByRole('button', { name: 'Copy for a spreadsheet' }).click();
  await expect.poll(() => copied(page)).toBe('name\tsite\tremark\ntwo\tjavascript:x()\t');
  await panel(page).getByRole('button', { name: 'Link to this row' }).click();
  await expect
    .poll(() => copied(page))
    .toContain(`/s/${share.id}?revision=1&columns=name%2Csite&row=2`);
  await page.keyboard.press('Escape');
  await expect(grid(page)).toBeFocused();
  await expect(page.locator('[aria-selected=true]')).toHaveText('two');
});

test('columns are hidden, moved and pinned, and a link has it all', async ({ page, makeShare }) => {
  const share = await makeShare(orders('orders.csv', 200));
  await page.setViewportSize({ width: 500, height: 700 });
  await page.goto(`/s/${share.id}`);
  await openPanel(page, 'price');
  await panel(page).getByRole('button', { name: 'Hide' }).click();
  await expect(header(page, 'price')).toHaveCount(0);
  await expect(page.getByText('1 column hidden')).toBeVisible();
  await openPanel(page, 'store');
  await panel(page).getByRole('button', { name: 'To the left' }).click();
  await expect(at(page, 0, 0)).toHaveText('Bergen');
  await panel(page).getByRole('button', { name: 'Pin up to here' }).click();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/columns=store%2Corder%2Cplaced%2Cpaid%2Cremark&pin=1/);
  await grid(page).evaluate((scroller) => (scroller.scrollLeft = 400));
  await expect(header(page, 'store')).toBeInViewport();
  await expect(at(page, 0, 0)).toBeInViewport();
  await page.reload();
  await expect(at(page, 0, 0)).toHaveText('Bergen');
  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await panel(page)
    .getByRole('checkbox', { name: /^price/ })
    .check();
  await panel(page).getByRole('button', { name: 'As in the file' }).click();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(new RegExp(`/s/${share.id}$`));
  await page.goBack();
  await expect(at(page, 0, 0)).toHaveText('Bergen');
});

test('a search is gone through match by match, and the keys are told', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 1_000));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'Bergen').first()).toBeVisible();
  await page.keyboard.press('?');
  await expect(panel(page).getByRole('heading', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  // Where it is found is brought into sight.
  await page.setViewportSize({ width: 480, height: 800 });
  await expect(cell(page, 'call first').first()).not.toBeInViewport();
  await page.keyboard.press('/');
  await page.keyboard.type('call first');
  await expect(page.getByText('100 of 1,000 rows')).toBeVisible();
  await expect(cell(page, 'call first').first()).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByText('1 / 100')).toBeVisible();
  await page.keyboard.press('Shift+Enter');
  await expect(page.getByText('100 / 100')).toBeVisible();
  await expectRowVisible(page, 100);
  await page.getByRole('button', { name: 'Next match' }).click();
  await expect(page.getByText('1 / 100')).toBeVisible();
  await expect(page.locator('[aria-selected=true]')).toHaveText('call first');
});
