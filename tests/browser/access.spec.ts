import type { Locator } from '../../frontend/browser/kit';
import { expect, test } from './fixtures';
import { cell, grid } from './pages';
import { numbered } from './tables';

test('a chosen theme is kept', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/');
  await page.getByRole('button', { name: 'Colours: System' }).click();
  await page.getByRole('button', { name: 'Colours: Light' }).click();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Colours: Dark' })).toBeVisible();
  const background = await page.evaluate(
    () => getComputedStyle(document.documentElement).backgroundColor,
  );
  expect(background).toBe('rgb(18, 20, 22)');
});

test('nothing is cut off at 360 pixels', async ({ page, makeShare }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const share = await makeShare(numbered('narrow.csv', 300));
  for (const path of ['/', `/s/${share.id}#edit=${share.token}`]) {
    await page.goto(path);
    await expect(page.getByRole('heading').first()).toBeVisible();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  }
});

test('the documentation of the API is shown, from this server alone', async ({ page }) => {
  const foreign: string[] = [];
  page.on('request', (request) => {
    if (!/^(http:\/\/127\.0\.0\.1|data:)/.test(request.url())) foreign.push(request.url());
  });
  await page.goto('/docs');
  await expect(page.getByText('/api/v1/shares', { exact: true }).first()).toBeVisible();
  expect(foreign).toEqual([]);
});

async function rightOf(part: Locator): Promise<number> {
  const box = await part.boundingBox();
  return box === null ? Number.NaN : box.x + box.width;
}

test('a question and its panels are not cut off at 360 pixels', async ({ page, makeShare }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const share = await makeShare(numbered('narrow.csv', 300));
  await page.goto(`/s/${share.id}?id__lte=200&name__contains=1&sort=-id,name#edit=${share.token}`);
  await expect(cell(page, 'row 199')).toBeVisible();
  await grid(page).focus();
  await page.keyboard.press('Alt+ArrowDown');
  const panel = page.getByRole('dialog');
  expect((await panel.boundingBox())?.x).toBeGreaterThanOrEqual(0);
  expect(await rightOf(panel)).toBeLessThanOrEqual(360);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Export' }).click();
  expect(await rightOf(page.getByRole('dialog'))).toBeLessThanOrEqual(360);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Share…' }).click();
  const edit = page.getByText('Edit link', { exact: true }).locator('..');
  expect(await rightOf(edit.getByRole('button'))).toBeLessThan(await rightOf(edit));
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
});
