import { panel } from './asking';
import { expect, test } from './fixtures';
import { cell, countElements, dragThumb, expectRowVisible, grid, scrollTop } from './pages';
import { csv, delimited, numbered, wide } from './tables';

const ROWS = 200_000;

test.describe('two hundred thousand rows', () => {
  test('are reached with the End key and with the thumb', async ({ page, largeShare }) => {
    const share = await largeShare(numbered('large.csv', ROWS));
    await page.goto(`/s/${share.id}`);
    await expect(cell(page, 'row 1')).toBeVisible();
    await grid(page).focus();
    await page.keyboard.press('End');
    await page.keyboard.press('End');
    await expect(cell(page, 'row 200000')).toBeInViewport();
    await page.keyboard.press('Control+Home');
    await expect(cell(page, 'row 1')).toBeInViewport();
    await dragThumb(page, 1);
    await expect(cell(page, 'row 200000')).toBeInViewport();
    await dragThumb(page, 0.5);
    await expectRowVisible(page, 100_005);
    await expect(cell(page, 'row 100005')).toBeInViewport();
  });

  test('take as many elements as two hundred do', async ({ page, largeShare }) => {
    const share = await largeShare(numbered('large.csv', ROWS));
    await page.goto(`/s/${share.id}`);
    await expect(cell(page, 'row 1')).toBeVisible();
    const before = await countElements(page);
    for (const part of [0.1, 0.4, 0.8, 0.99]) {
      await dragThumb(page, part);
      await expectRowVisible(page, Math.round(part * (ROWS - 21)) + 8);
      expect(await countElements(page)).toBeLessThan(before * 1.3);
    }
    expect(before).toBeLessThan(600);
  });

  test('move one to one under the wheel', async ({ page, largeShare }) => {
    const share = await largeShare(numbered('large.csv', ROWS));
    await page.goto(`/s/${share.id}`);
    await expect(cell(page, 'row 1')).toBeVisible();
    await grid(page).hover();
    await page.mouse.wheel(0, 300);
    await expect(cell(page, 'row 11')).toBeInViewport();
    await expect(page.getByRole('rowheader', { name: '10', exact: true })).not.toBeInViewport();
  });
});

test('a million rows, more than a browser can lay out, move as ten rows do', async ({
  page,
  makeShare,
}) => {
  const lines = Array.from({ length: 1_000_000 }, (_, row) => `n${String(row + 1)}`);
  const share = await makeShare(delimited('million.csv', ['number', ...lines]));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'n1')).toBeVisible();
  const height = await grid(page).evaluate((scroller) => scroller.scrollHeight);
  expect(height).toBeLessThan(16_000_000);

  await dragThumb(page, 1);
  await expect(cell(page, 'n1000000')).toBeInViewport();
  await dragThumb(page, 0.5);
  await expect(cell(page, 'n500005')).toBeInViewport();
  // One to one under the wheel, and again after the bar was put back where the place is: a bar
  // that stands for thirty million pixels in fifteen moves half as far.
  const bar = await scrollTop(page);
  for (const turns of [1, 2]) {
    const last = 500_005 + 30 * turns;
    await grid(page).hover();
    await page.mouse.wheel(0, 900);
    await expect(cell(page, `n${String(last)}`)).toBeInViewport();
    await expect(cell(page, `n${String(last - 35)}`)).not.toBeInViewport();
    await expect
      .poll(async () => Math.abs((await scrollTop(page)) - bar - 447 * turns))
      .toBeLessThan(4);
    await expect(cell(page, `n${String(last)}`)).toBeInViewport();
  }
  await page.goto(`/s/${share.id}?row=777777`);
  await expect(cell(page, 'n777777')).toBeInViewport();
  await grid(page).focus();
  await page.keyboard.press('ArrowUp');
  await expect(cell(page, 'n777776')).toBeInViewport();
  await page.keyboard.press('Control+End');
  await expect(cell(page, 'n1000000')).toBeInViewport();
  await page.keyboard.press('Control+Home');
  await expect(cell(page, 'n1')).toBeInViewport();
  // So many are exported, not copied; what was said of them goes with the selection.
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Control+c');
  await expect(page.getByText('too many to copy')).toBeVisible();
  await page
    .getByText('1,000,000 × 1 selected')
    .locator('..')
    .getByRole('button', { name: 'Export' })
    .click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await cell(page, 'n2').click();
  await expect(page.getByText('too many to copy')).toHaveCount(0);
});

test('one tab stop, and the active cell is named to assistive technology', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(numbered('keys.csv', 1_000));
  await page.goto(`/s/${share.id}`);
  await grid(page).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('[aria-selected=true]')).toHaveText('row 2');
  const named = await grid(page).getAttribute('aria-activedescendant');
  await expect(page.locator(`[id="${named ?? ''}"]`)).toHaveText('row 2');
  await page.keyboard.press('PageDown');
  await expect(grid(page)).not.toHaveAttribute('aria-activedescendant', named ?? '');
  const later = await grid(page).getAttribute('aria-activedescendant');
  await expect(page.locator(`[id="${later ?? ''}"]`)).toBeInViewport();
  await expect(grid(page)).toHaveAttribute('aria-rowcount', '1001');
  await expect(grid(page)).toHaveAttribute('aria-colcount', '5');
  await expect(page.locator('[role=grid] [tabindex="0"]')).toHaveCount(0);
});

test('two thousand columns are fetched as they come into sight', async ({ page, makeShare }) => {
  const share = await makeShare(wide('wide.csv', 2_000, 150));
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/rows?')) asked.push(request.url());
  });
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'c1 r1')).toBeVisible();
  await grid(page).focus();
  await page.keyboard.press('Control+End');
  await expect(cell(page, 'c2000 r150')).toBeInViewport();
  expect(asked.every((url) => url.includes('columns='))).toBe(true);
  expect(await countElements(page)).toBeLessThan(1_500);

  // All of a row is one question, and more than the grid keeps.
  asked.length = 0;
  await page.keyboard.press('Enter');
  await expect(panel(page).getByText('c1 r150', { exact: true })).toBeVisible();
  await expect(panel(page).getByText('c2000 r150', { exact: true })).toBeAttached();
  expect(asked.map((url) => new URL(url).searchParams.get('limit'))).toEqual(['1']);
});

test('a column is as wide as a hand drags it', async ({ page, makeShare }) => {
  const share = await makeShare(numbered('widths.csv', 50));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'row 1')).toBeVisible();
  const head = page.getByRole('columnheader', { name: 'name' });
  const before = await head.boundingBox();
  if (before === null) throw new Error('no header');
  await page.mouse.move(before.x + before.width - 3, before.y + 10);
  await page.mouse.down();
  await page.mouse.move(before.x + before.width + 97, before.y + 10, {
    steps: 4,
  });
  await page.mouse.up();
  await expect
    .poll(async () => Math.abs(((await head.boundingBox())?.width ?? 0) - before.width - 100))
    .toBeLessThan(2);
});

test('cells show what was written, numbers on the right, nothing apart from empty', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(
    csv('exact.csv', 'code,price,note', '00123,12.50,x', '00007,3.00,', '00042,,"  two  "'),
  );
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, '00123')).toBeVisible();
  await expect(cell(page, '12.50')).toHaveCSS('text-align', 'right');
  await expect(cell(page, '3.00')).toBeVisible();
});

test('nothing in a file runs: cells, headers, file name, title', async ({ page, makeShare }) => {
  const bait = '<img src=x onerror=globalThis.caught=1>';
  const share = await makeShare(
    csv(
      `${bait}.csv`,
      `${bait},b`,
      `<script>globalThis.caught=1</script>,${bait}`,
      `${bait},"</div>"`,
    ),
    `${bait}</title><script>globalThis.caught=1</script>`,
  );
  await page.goto(`/s/${share.id}`);
  await expect(page.getByRole('columnheader', { name: bait })).toBeVisible();
  await expect(cell(page, '<script>globalThis.caught=1</script>')).toBeVisible();
  await page.getByRole('button', { name: 'Share…' }).click();
  const caught = await page.evaluate(() => (globalThis as { caught?: number }).caught);
  expect(caught).toBeUndefined();
  await expect(page.locator('img, #app script')).toHaveCount(0);
});
