import { AxeBuilder, type Page } from '../../frontend/browser/kit';
import { expect, test } from './fixtures';
import { cell, grid } from './pages';
import { numbered } from './tables';

async function expectNoViolations(page: Page): Promise<void> {
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, reducedMotion: 'reduce' });

    test('no state of a question has accessibility violations', async ({ page, makeShare }) => {
      const share = await makeShare(numbered('table.csv', 1_000));
      await page.goto(`/s/${share.id}?id__lte=900&name__contains=1&sort=-id,name`);
      await expect(cell(page, 'row 891')).toBeVisible();
      await page.getByRole('button', { name: 'Summaries' }).click();
      await expect(page.locator('.says').first()).toContainText('distinct');
      await expectNoViolations(page);

      for (const right of [0, 1, 1]) {
        await grid(page).focus();
        for (let press = 0; press < right; press += 1) await page.keyboard.press('ArrowRight');
        await page.keyboard.press('Alt+ArrowDown');
        await expect(page.getByRole('dialog').getByText('Distinct')).toBeVisible();
        await expectNoViolations(page);
        await page.keyboard.press('Escape');
      }
      await page.getByRole('button', { name: 'Filter…' }).click();
      await expect(page.getByRole('dialog').getByText('Distinct')).toBeVisible();
      await expectNoViolations(page);
      await page.keyboard.press('Escape');

      await page.getByRole('button', { name: 'Export' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectNoViolations(page);
    });

    test('what has no answer has no accessibility violations', async ({ page, makeShare }) => {
      const share = await makeShare(numbered('table.csv', 100));
      await page.goto(`/s/${share.id}?gone__eq=1&q=nowhere`);
      await expect(page.getByText('No row fits this question.')).toBeVisible();
      await expect(page.getByText('There is no column “gone”')).toBeVisible();
      await expectNoViolations(page);
      await page.goto(`/s/${share.id}?id__gte=many`);
      await expect(page.getByText('The table cannot be asked that')).toBeVisible();
      await expectNoViolations(page);
    });
  });
}

test('nothing is cut off at 360 pixels', async ({ page, makeShare }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const share = await makeShare(numbered('narrow.csv', 300));
  await page.goto(`/s/${share.id}?id__lte=200&name__contains=1&sort=-id,name`);
  await expect(cell(page, 'row 199')).toBeVisible();
  await grid(page).focus();
  await page.keyboard.press('Alt+ArrowDown');
  const panel = await page.getByRole('dialog').boundingBox();
  expect(panel?.x).toBeGreaterThanOrEqual(0);
  expect((panel?.x ?? 0) + (panel?.width ?? 0)).toBeLessThanOrEqual(360);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = await page.getByRole('dialog').boundingBox();
  expect((dialog?.x ?? 0) + (dialog?.width ?? 0)).toBeLessThanOrEqual(360);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
});
