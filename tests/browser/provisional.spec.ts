/** The first rows of a file can be seen while the rest of it is still on its way. */
import type { Page } from '../../frontend/browser/kit';
import { expectAccessible } from './accessible';
import { expect, test } from './fixtures';
import { CRAWLING, lineOf, SLOW, UNLIMITED } from './line';
import { cell, grid, untilPart } from './pages';
import { csv, numbered, onDisk } from './tables';

const ARRIVING = 'First rows, still arriving';
const ROWS = 1_000_000;

/** Sends what the first rows can be made of, and next to nothing from then on. */
async function sendBeginning(page: Page, path: string): Promise<(speed: number) => Promise<void>> {
  const line = await lineOf(page);
  await line(SLOW);
  await page.setInputFiles('input[type=file]', path);
  await untilPart(page, 10);
  await line(CRAWLING);
  return line;
}

/** Where, from now on, a page is for a moment without this cell; the answer ends the watch. */
async function watchCell(page: Page, text: string): Promise<() => Promise<number>> {
  const watch = await page.evaluateHandle((wanted) => {
    const seen = { gaps: 0, over: false };
    const look = (): void => {
      const cells = Array.from(document.querySelectorAll('[role=gridcell]'));
      if (!cells.some((one) => one.textContent.trim() === wanted)) seen.gaps += 1;
      if (!seen.over) requestAnimationFrame(look);
    };
    look();
    return seen;
  }, text);
  return () =>
    watch.evaluate((seen) => {
      seen.over = true;
      return seen.gaps;
    });
}

test('the first file shows its first rows, which become the table without a flicker', async ({
  page,
  server,
}) => {
  const path = onDisk(server.folder, numbered('measured.csv', ROWS));
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/revisions/1/rows?*', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/');
  const line = await sendBeginning(page, path);
  await expect(cell(page, 'row 1')).toBeVisible();
  await expect(page.getByText(ARRIVING)).toBeVisible();
  await expect(grid(page)).toHaveAccessibleName('measured.csv: first rows, still arriving');
  await expectAccessible(page);

  await line(UNLIMITED);
  await expect(page).toHaveURL(/\/s\/[\w-]+$/);
  await expect(page.getByText(ARRIVING)).toBeVisible();
  await expect(cell(page, 'row 1')).toBeVisible();
  await expect(page.getByText('Reading measured.csv')).toBeVisible();
  const gaps = await watchCell(page, 'row 1');
  release();
  await expect(page.getByText('1,000,000 rows', { exact: true }).first()).toBeVisible();
  await expect(page.getByText(ARRIVING)).toHaveCount(0);
  await expect(page.getByText('Reading measured.csv')).toHaveCount(0);
  expect(await gaps()).toBe(0);
});

test('a new version leaves the table as it is until it is read', async ({
  page,
  context,
  server,
  makeShare,
}) => {
  const path = onDisk(server.folder, numbered('measured.csv', ROWS));
  const share = await makeShare(csv('towns.csv', 'town,people', 'Voss,16003'));
  const asked: string[] = [];
  page.on('request', (request) => {
    if (/uploads\/[\w-]+\/rows/.test(request.url())) asked.push(request.url());
  });
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, 'Voss')).toBeVisible();
  const line = await sendBeginning(page, path);
  // A first file that began later shows its rows: a new version would have shown them by now.
  const other = await context.newPage();
  await other.goto('/');
  await sendBeginning(other, path);
  await expect(cell(other, 'row 1')).toBeVisible();
  await other.close();
  await expect(cell(page, 'Voss')).toBeVisible();
  await expect(page.getByText(ARRIVING)).toHaveCount(0);
  await line(UNLIMITED);
  await expect(cell(page, 'row 1')).toBeVisible();
  expect(asked).toEqual([]);
});

test('an upload that is given up takes its first rows with it', async ({ page, server }) => {
  await page.goto('/');
  await sendBeginning(page, onDisk(server.folder, numbered('measured.csv', ROWS)));
  await expect(cell(page, 'row 1')).toBeVisible();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Paused')).toBeVisible();
  await expect(cell(page, 'row 1')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Drop a spreadsheet here')).toBeVisible();
  await expect(grid(page)).toHaveCount(0);
});
