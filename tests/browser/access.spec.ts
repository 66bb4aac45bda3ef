import { AxeBuilder } from '../../frontend/browser/kit';
import { expect, test } from './fixtures';
import { CRAWLING, lineOf, SLOW } from './line';
import { cell, untilPart } from './pages';
import { csv, numbered, onDisk } from './tables';

const SCHEMES = ['light', 'dark'] as const;

for (const colorScheme of SCHEMES) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('the start page has no accessibility violations', async ({ page }) => {
      await page.goto('/');
      await expect(page.getByText('Nothing here yet')).toBeVisible();
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    });

    test('a share has no accessibility violations', async ({ page, makeShare }) => {
      const share = await makeShare(numbered('table.csv', 1_000));
      await page.goto(`/s/${share.id}#edit=${share.token}`);
      await expect(cell(page, 'row 1')).toBeVisible();
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      await page.getByRole('button', { name: 'Share…' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    });

    test('remarks and failures have no accessibility violations', async ({ page, makeShare }) => {
      const share = await makeShare(csv('ragged.csv', 'a,b', '1,2', '3,4,5', '6,7', '8'));
      await page.goto(`/s/${share.id}#edit=${share.token}`);
      await page.getByText(/\d remarks?/).click();
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    });

    test('a paused and an unfinished upload have no accessibility violations', async ({
      page,
      server,
      makeShare,
    }) => {
      const path = onDisk(server.folder, numbered('measured.csv', 1_000_000));
      const share = await makeShare(numbered('table.csv', 1_000));
      page.on('dialog', (dialog) => void dialog.accept());
      const line = await lineOf(page);
      for (const place of ['/', `/s/${share.id}#edit=${share.token}`]) {
        await page.goto(place);
        await line(SLOW);
        await page.setInputFiles('input[type=file]', path);
        await untilPart(page, 5);
        await line(CRAWLING);
        await page.getByRole('button', { name: 'Pause', exact: true }).click();
        await expect(page.getByText('Paused')).toBeVisible();
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
        await page.reload();
        await expect(page.getByText('Choose the file again', { exact: true })).toBeVisible();
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      }
    });

    test('an unknown link has no accessibility violations', async ({ page }) => {
      await page.goto('/s/unknown');
      await expect(page.getByRole('heading')).toBeVisible();
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    });
  });
}

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
