import type { Locator, Page } from '../../frontend/browser/kit';
import { expectAccessible } from './accessible';
import { orders } from './asking';
import { expect, reviseOver, test } from './fixtures';
import { cell } from './pages';
import { csv } from './tables';

function chart(page: Page): Locator {
  return page.getByRole('region', { name: 'Chart' });
}

/** The rest of the page is looked at elsewhere. */
const WITHIN = 'section.chart';

function picture(page: Page): Locator {
  return chart(page).getByRole('img');
}

test('a chart is a step in the history, part of the address, and its bars filter', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 400));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'Bergen').first()).toBeVisible();
  await page.getByRole('button', { name: 'Chart', exact: true }).click();
  await expect(picture(page)).toHaveAccessibleName(/^Line chart\. Number of rows by day of/);
  await page.getByLabel('By', { exact: true }).selectOption('store');
  await page.getByLabel('Show', { exact: true }).selectOption('Mean of');
  await expect(page).toHaveURL(/chart=store&y=price&measure=mean/);
  await expect(picture(page)).toHaveAccessibleName(/^Bar chart\. Mean of .*4 marks; least/);

  await page.reload();
  await expect(picture(page)).toHaveAccessibleName(/^Bar chart\. Mean of/);
  await picture(page).hover({ position: { x: 400, y: 12 } });
  await expect(chart(page).locator('.says')).toContainText('100 rows');
  await picture(page).click({ position: { x: 400, y: 12 } });
  await expect(page).toHaveURL(/store__eq=/);
  await expect(page.getByText('100 of 400 rows')).toBeVisible();
  await expect(picture(page)).toHaveAccessibleName(/1 mark;/);
  await page.goBack();
  await expect(picture(page)).toHaveAccessibleName(/4 marks;/);
  await page.goBack();
  await expect(picture(page)).toHaveAccessibleName(/^Bar chart\. Sum of|^Bar chart\. Number/);
  await page.getByRole('button', { name: 'Close the chart' }).click();
  await expect(chart(page)).toHaveCount(0);
  await page.goBack();
  await expect(picture(page)).toBeVisible();
});

test('a chart follows the newest revision, and says which column is gone', async ({
  page,
  server,
  makeShare,
}) => {
  const share = await makeShare(csv('a.csv', 'store,amount', 'Oslo,1', 'Bergen,2'));
  await page.goto(`/s/${share.id}?chart=store&y=amount&measure=sum`);
  await expect(picture(page)).toHaveAccessibleName(/greatest: Bergen, 2\./);
  await reviseOver(server, share, csv('a.csv', 'store,amount', 'Oslo,1', 'Bergen,2', 'Oslo,7'));
  await expect(picture(page)).toHaveAccessibleName(/greatest: Oslo, 8\./);
  await reviseOver(server, share, csv('a.csv', 'shop,amount', 'Oslo,1'));
  await expect(chart(page).getByText('There is no column “store”')).toBeVisible();
  await page.getByLabel('By', { exact: true }).selectOption('shop');
  await expect(picture(page)).toHaveAccessibleName(/greatest: Oslo, 1\./);
});

test('who follows a presenter sees the charts that are shown', async ({
  page,
  browser,
  server,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 400));
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await page.getByRole('button', { name: 'Present', exact: true }).click();
  await expect(page.getByText('You are presenting')).toBeVisible();
  const context = await browser.newContext();
  const reader = await context.newPage();
  await reader.goto(`${server.url}/s/${share.id}`);
  await reader.getByRole('button', { name: 'Follow' }).click();
  await page.getByRole('button', { name: 'Chart', exact: true }).click();
  await expect(picture(reader)).toHaveAccessibleName(/^Line chart/);
  await page.getByRole('button', { name: 'Close the chart' }).click();
  await expect(chart(reader)).toHaveCount(0);
  await context.close();
});

test('whoever would rather read has the same as a table, by keys alone', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 400));
  await page.goto(`/s/${share.id}?chart=paid&y=order&measure=max`);
  await page.getByRole('button', { name: 'As a table' }).press('Enter');
  const table = chart(page).getByRole('table');
  await expect(table.getByRole('row')).toHaveText([
    /Greatest/,
    /false\s*400\s*80/,
    /true\s*399\s*320/,
  ]);
  await table.getByRole('button', { name: 'true' }).press('Enter');
  await expect(page).toHaveURL(/paid__eq=true/);
  await expect(table.getByRole('button', { name: 'true' })).toHaveAttribute('aria-pressed', 'true');
  await table.getByRole('button', { name: 'true' }).press('Enter');
  await expect(page.getByText('400 rows').first()).toBeVisible();
});

test('a chart is saved as a picture of its own', async ({ page, makeShare }) => {
  const share = await makeShare(orders('orders.csv', 50));
  await page.goto(`/s/${share.id}?chart=store`);
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as SVG' }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toBe('Number of rows by store.svg');
  const text = await (await file.createReadStream()).toArray();
  const svg = Buffer.concat(text as Buffer[]).toString();
  expect(svg).toContain('<title>Bar chart.');
  expect(svg).toMatch(/fill="(rgb|color)/);
  expect(svg).not.toContain('class=');
});

const KINDS: readonly (readonly [string, RegExp])[] = [
  ['chart=store', /^Bar chart/],
  ['chart=placed&y=price&period=week', /^Line chart.*The data covers only a part of/],
  ['chart=placed&period=week&kind=bar', /^Bar chart.*\(from Jan 1\) and of .*\(until Jan 28\)\.$/],
  ['chart=price', /^Bar chart/],
  ['chart=order&y=price', /^Chart of counted squares/],
  ['chart=order&y=price&order__lte=60', /^Scatter chart/],
];

test('no kind of chart has accessibility violations, neither has a table', async ({
  page,
  largeShare,
}) => {
  test.slow();
  const share = await largeShare(orders('many orders.csv', 2_500));
  for (const [asked, name] of KINDS) {
    await page.goto(`/s/${share.id}?${asked}`);
    await expect(picture(page)).toHaveAccessibleName(name);
    await expectAccessible(page, WITHIN);
  }
  await page.getByRole('button', { name: 'As a table' }).click();
  await expect(chart(page).getByRole('table')).toBeVisible();
  await expectAccessible(page, WITHIN);
  await page.goto(`/s/${share.id}?chart=nowhere`);
  await expect(chart(page).getByText('There is no column')).toBeVisible();
  await expectAccessible(page, WITHIN);
});

test('nothing is cut off at 360 pixels, and the rows are still there', async ({
  page,
  largeShare,
}) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const share = await largeShare(orders('chart orders.csv', 60));
  await page.goto(`/s/${share.id}?chart=placed&y=price&measure=mean`);
  await expect(picture(page)).toBeVisible();
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
  const grid = await page.getByRole('grid').boundingBox();
  expect(grid?.height).toBeGreaterThan(150);
});
