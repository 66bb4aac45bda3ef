import { column, header, openPanel, orders, panel } from './asking';
import { expect, test } from './fixtures';
import { cell, dragThumb, expectRowVisible, grid } from './pages';

const ROWS = 200_000;

test.describe('two hundred thousand rows', () => {
  test('are sorted by a click: up, down, off, with shift by more columns', async ({
    page,
    largeShare,
  }) => {
    const share = await largeShare(orders('orders.csv', ROWS));
    await page.goto(`/s/${share.id}`);
    await expect(header(page, 'price')).toHaveAttribute('aria-sort', 'none');
    await header(page, 'price').click();
    await expect(header(page, 'price')).toHaveAttribute('aria-sort', 'ascending');
    await expect(page.locator('[data-row="0"][data-column="2"]')).toHaveText('0.00');
    await header(page, 'price').click();
    await expect(page.locator('[data-row="0"][data-column="2"]')).toHaveText('1000.60');
    await expect(header(page, 'price')).toHaveAttribute('aria-sort', 'descending');
    expect(new URL(page.url()).searchParams.get('sort')).toBe('-price');

    await header(page, 'store').click({ modifiers: ['Shift'] });
    await expect(page).toHaveURL(/sort=-price%2Cstore/);
    const inOrder = async () => {
      const stores = await column(page, 1, 19);
      return stores.every((store, row) => row === 0 || (stores[row - 1] ?? '') <= store);
    };
    await expect.poll(inOrder).toBe(true);
    await dragThumb(page, 1);
    await expectRowVisible(page, ROWS);
    await expect(page.locator(`[data-row="${String(ROWS - 1)}"][data-column="2"]`)).toHaveText(
      '0.00',
    );

    // A column that is one of several leaves the others as they are.
    await header(page, 'price').click();
    await expect(header(page, 'price')).toHaveAttribute('aria-sort', 'none');
    await expect(header(page, 'store')).toHaveAttribute('aria-sort', 'ascending');
    await expect(page.locator('[data-row="0"][data-column="0"]')).toHaveText('1');
    await expect(page.locator('[data-row="0"][data-column="0"]')).toBeInViewport();
  });

  test('are searched while one writes, with the number of rows that fit', async ({
    page,
    largeShare,
  }) => {
    const share = await largeShare(orders('orders.csv', ROWS));
    await page.goto(`/s/${share.id}`);
    await expect(cell(page, 'Bergen').first()).toBeVisible();
    const steps = await page.evaluate(() => history.length);
    await grid(page).focus();
    await page.keyboard.press('/');
    await expect(page.getByRole('textbox', { name: 'Search this table' })).toBeFocused();
    await page.keyboard.type('ALESUND', { delay: 30 });
    await expect(page.getByText('50,000 of 200,000 rows')).toBeVisible();
    expect(new Set(await column(page, 1, 15))).toEqual(new Set(['Ålesund']));
    await expect(page).toHaveURL(/q=ALESUND/);
    expect(await page.evaluate(() => history.length)).toBe(steps + 1);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('status').getByText('200,000 rows')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(grid(page)).toBeFocused();
    await page.keyboard.press('Control+f');
    await expect(page.getByRole('textbox', { name: 'Search this table' })).toBeFocused();
  });
});

test('a filter fits the type of its column, and is a chip that can be dropped', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 1_000));
  await page.goto(`/s/${share.id}`);

  await openPanel(page, 'store');
  await panel(page).getByLabel('Value').fill('ber');
  await panel(page).getByLabel('How to compare').selectOption('starts with');
  await panel(page).getByLabel('Value').fill('Ber');
  await page.keyboard.press('Enter');
  await expect(page.getByText('250 of 1,000 rows')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(panel(page)).toBeHidden();

  await openPanel(page, 'price');
  await panel(page).getByLabel('From', { exact: true }).fill('ten');
  await page.keyboard.press('Enter');
  await expect(panel(page).getByText('Write a number, such as 12.5.')).toBeVisible();
  await panel(page).getByLabel('From', { exact: true }).fill('100');
  await panel(page).getByLabel('To', { exact: true }).fill('300.5');
  await page.keyboard.press('Enter');
  const chips = page.getByRole('list', { name: 'What this view is narrowed to' });
  await expect(chips.getByText('price from 100 to 300.5')).toBeVisible();
  await page.keyboard.press('Escape');

  await openPanel(page, 'placed');
  await panel(page).getByLabel('From', { exact: true }).fill('2026-01-10');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await openPanel(page, 'paid');
  await panel(page).getByRole('button', { name: 'Filter', exact: true }).click();
  await page.keyboard.press('Escape');
  await expect(chips.getByText('paid is true')).toBeVisible();
  const prices = await column(page, 2, 5);
  expect(prices.every((price) => Number(price) >= 100 && Number(price) <= 300.5)).toBe(true);
  expect(new URL(page.url()).search).toBe(
    '?store__startswith=Ber&price__gte=100&price__lte=300.5&placed__gte=2026-01-10&paid__eq=true',
  );

  await chips.getByRole('button', { name: 'Drop: price from 100 to 300.5' }).click();
  await expect(chips.getByText('price from')).toBeHidden();
  await chips.getByRole('button', { name: 'Clear all' }).click();
  await expect(page.getByRole('status').getByText('1,000 rows')).toBeVisible();
  await expect(chips).toBeHidden();

  await page.getByRole('button', { name: 'Filter…' }).click();
  await panel(page).getByLabel('Column').selectOption('remark');
  await panel(page).getByLabel('How to compare').selectOption('is empty');
  await panel(page).getByRole('button', { name: 'Filter', exact: true }).click();
  await expect(page.getByText('900 of 1,000 rows')).toBeVisible();
});

test('everything about a column is reached with the keyboard alone', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 500));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'Bergen').first()).toBeVisible();
  await grid(page).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowUp');
  const named = await grid(page).getAttribute('aria-activedescendant');
  await expect(page.locator(`[id="${named ?? ''}"]`)).toHaveAccessibleName('price');
  await page.keyboard.press('Space');
  await expect(header(page, 'price')).toHaveAttribute('aria-sort', 'ascending');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+Space');
  await expect(page).toHaveURL(/sort=price%2Cstore/);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(panel(page).getByRole('button', { name: 'Ascending' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(page).toHaveURL(/sort=-price%2Cstore/);
  const before = (await header(page, 'price').boundingBox())?.width ?? 0;
  await panel(page).getByRole('button', { name: 'Wider' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  const after = (await header(page, 'price').boundingBox())?.width ?? 0;
  expect(Math.round(after - before)).toBe(64);
  await panel(page).getByRole('button', { name: 'As its cells' }).press('Enter');
  await expect.poll(async () => (await header(page, 'price').boundingBox())?.width).toBe(before);
  await page.keyboard.press('Escape');
  await expect(panel(page)).toBeHidden();
  await expect(grid(page)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Alt+ArrowDown');
  await expect(panel(page).getByRole('heading', { name: 'price' })).toBeVisible();
});
