/** The whole job of a person who has no mouse: from a file to a restored revision. */
import type { Page } from '../../frontend/browser/kit';
import { orders, panel } from './asking';
import { expect, test } from './fixtures';
import { cell, grid } from './pages';

const MOST_STOPS = 40;

/** Goes on with Tab until what has the focus has this name, as somebody does who cannot point. */
async function tabTo(page: Page, name: string | RegExp, key = 'Tab'): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press(key);
    const found = page
      .locator(':focus')
      .and(page.getByRole('button', { name }).or(page.getByRole('link', { name })));
    if ((await found.count()) > 0) return;
  }
  throw new Error(`the Tab key never comes to ${String(name)}`);
}

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('everything from a file to a restored revision is done with keys alone', async ({ page }) => {
  await page.goto('/');
  const opening = page.waitForEvent('filechooser');
  await tabTo(page, 'choose a file');
  await page.keyboard.press('Enter');
  await (await opening).setFiles(orders('orders.csv', 2_000));
  await expect(cell(page, 'Bergen').first()).toBeVisible();
  await expect(page).toHaveURL(/\/s\/[\w-]+$/);
  await tabTo(page, 'Copy link');
  await page.keyboard.press('Enter');
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toBe(page.url());

  // Sort: into the header, one column to the right, and twice.
  await grid(page).focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await page.keyboard.press('Space');
  await expect(page).toHaveURL(/sort=-price/);
  // Filter: the panel of the next column, and a day to begin with.
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(panel(page)).toBeVisible();
  const from = panel(page).getByLabel('From');
  for (let stop = 0; stop < MOST_STOPS && !(await isFocused(from)); stop += 1) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.type('01152026');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/placed__gte=2026-01-15/);
  await page.keyboard.press('Escape');
  await expect(grid(page)).toBeFocused();
  // Search, and from match to match.
  const narrowed = page.getByText('994 of 2,000 rows');
  await expect(narrowed).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('call first');
  await expect(page).toHaveURL(/q=call\+first/);
  await expect(narrowed).toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(page.getByText(/^1 \/ \d+$/)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page).not.toHaveURL(/q=/);
  // To the last row, all of it, and a copy of its cells.
  await grid(page).focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.press('Enter');
  await expect(panel(page).getByRole('heading', { name: /^Row / })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Control+c');
  await expect(page.getByText('1 row × 2 columns copied')).toBeVisible();
  expect(await copied()).toMatch(/^\d+\t\p{L}+$/u);
  // Take it along.
  await tabTo(page, 'Export', 'Shift+Tab');
  await page.keyboard.press('Enter');
  const downloading = page.waitForEvent('download');
  await tabTo(page, /^Download/);
  await page.keyboard.press('Enter');
  expect((await downloading).suggestedFilename()).toMatch(/\.csv$/);
  await page.keyboard.press('Escape');
  // A new version, and back to the old one.
  const choosing = page.waitForEvent('filechooser');
  await tabTo(page, /^Upload/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await (await choosing).setFiles(orders('orders.csv', 1_000));
  await expect(page.getByText('Revision 2 ·')).toBeVisible();
  await tabTo(page, 'History');
  await page.keyboard.press('Enter');
  await expect(panel(page).getByText('what everyone sees')).toBeVisible();
  await tabTo(page, 'Restore revision 1');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Revision 3 ·')).toBeVisible();
  await expect(page.getByText('2,000 rows × 6 columns')).toBeVisible();
});

async function isFocused(field: ReturnType<Page['getByLabel']>): Promise<boolean> {
  return field.evaluate((element) => element === document.activeElement);
}
