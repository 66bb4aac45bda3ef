import { expect, test } from './fixtures';
import { cell, grid } from './pages';
import { csv, delimited, numbered, wide } from './tables';

test('what columns hold is shown under their names, and a bar filters', async ({
  page,
  largeShare,
}) => {
  const share = await largeShare(numbered('large.csv', 200_000));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'row 1')).toBeVisible();
  await page.getByRole('button', { name: 'Summaries' }).click();
  const strips = page.locator('[role=columnheader] .strip .says');
  await expect(strips).toHaveText([
    '200,000 distinct',
    '200,000 distinct',
    '200,000 distinct',
    '28 distinct',
  ]);
  await expect(page.getByText('every value once').first()).toBeVisible();
  const bars = page.getByRole('columnheader', { name: 'amount' }).locator('svg').last();
  const box = await bars.boundingBox();
  if (box === null) throw new Error('no bars');
  await page.mouse.click(box.x + box.width - 3, box.y + box.height - 5);
  await expect(page).toHaveURL(/amount__gte=.*amount__lte=250000/);
  await expect(page.getByText(/^[\d,]+ of 200,000 rows$/)).toBeVisible();
  await expect(cell(page, 'row 200000')).toBeHidden();

  await page.reload();
  await expect(strips.first()).toContainText('distinct');
  await page.getByRole('button', { name: 'Summaries' }).click();
  await expect(strips).toHaveCount(0);
});

test('only columns in sight are counted, and rows come first', async ({ page, makeShare }) => {
  const share = await makeShare(wide('wide.csv', 400, 50));
  const asked: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname.endsWith('/summary')) {
      asked.push(...(url.searchParams.get('columns')?.split(',') ?? ['all']));
    }
  });
  await page.goto(`/s/${share.id}`);
  await page.getByRole('button', { name: 'Summaries' }).click();
  await expect(page.locator('.says').first()).toHaveText('50 distinct');
  await expect.poll(() => asked.includes('c8')).toBe(true);
  expect(asked.length).toBeLessThan(30);
  await grid(page).focus();
  await page.keyboard.press('End');
  await expect.poll(() => asked.includes('c400')).toBe(true);
  expect(asked.length).toBeLessThan(60);
});

test('the panel of a column tells what it holds, and its bars are buttons', async ({
  page,
  makeShare,
}) => {
  const places = ['north', 'north', 'north', 'south', 'south', ''];
  const lines = Array.from({ length: 600 }, (_, row) => `${String(row)},${places[row % 6] ?? ''}`);
  const share = await makeShare(delimited('regions.csv', ['id,region', ...lines]));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'north').first()).toBeVisible();
  await grid(page).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Alt+ArrowDown');
  const panel = page.getByRole('dialog');
  const bars = panel.getByRole('toolbar', { name: 'Choose a bar to see its rows' });
  await expect(bars.getByRole('button')).toHaveCount(2);
  await expect(panel.getByText('Empty', { exact: true }).locator('..')).toContainText('100');
  await bars.getByRole('button', { name: 'north 300' }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByText('200 of 600 rows')).toBeVisible();
  await expect(bars.getByRole('button', { name: 'south 200' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await expect(page).toHaveURL(/region__eq=south/);
});

test('a summary that cannot be had disturbs nothing', async ({ page, makeShare }) => {
  const share = await makeShare(csv('a.csv', 'a,b', '1,2', '3,4'));
  await page.route('**/summary?*', (route) => route.fulfill({ status: 500, body: '' }));
  await page.goto(`/s/${share.id}`);
  await page.getByRole('button', { name: 'Summaries' }).click();
  await expect(page.getByText('could not be counted').first()).toBeVisible();
  await expect(cell(page, '3')).toBeVisible();
});
