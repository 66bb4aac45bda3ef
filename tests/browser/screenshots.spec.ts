/** Pictures of the main states for docs/screenshots, and for whoever changes how things look. */
import { fileURLToPath } from 'node:url';

import type { Page } from '../../frontend/browser/kit';
import { expect, reviseOver, test } from './fixtures';
import { cell, dragThumb, grid, upload } from './pages';
import { csv, numbered, type Upload } from './tables';

const FOLDER = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));

const PLACES = ['Oslo', 'Bergen', 'Trondheim', 'Stavanger', 'Tromsø', 'Bodø', 'Ålesund', 'Molde'];
const GOODS = ['Coffee, ground', 'Oat milk', 'Rye bread', 'Brown cheese', 'Apples', 'Salmon'];

function sales(name: string, rows: number): Upload {
  const lines = ['order,placed,store,article,pieces,price,paid,remark'];
  for (let row = 1; row <= rows; row += 1) {
    const day = String((row % 28) + 1).padStart(2, '0');
    const price = ((row * 7919) % 40_000) / 100;
    const remark = row % 11 === 0 ? '"call first, then deliver"' : '';
    lines.push(
      [
        String(100_000 + row),
        `2026-0${String((row % 9) + 1)}-${day}`,
        PLACES[(row * 5) % PLACES.length],
        `"${GOODS[(row * 7) % GOODS.length] ?? ''}"`,
        String((row * 13) % 48),
        price.toFixed(2),
        row % 5 === 0 ? 'false' : 'true',
        remark,
      ].join(','),
    );
  }
  return csv(name, ...lines);
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${FOLDER}${name}.png`, animations: 'disabled' });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('start page', async ({ page }) => {
      await page.goto('/');
      await expect(page.getByText('Nothing here yet')).toBeVisible();
      await picture(page, `start-${colorScheme}`);
      await upload(page, sales('orders of the north.csv', 4_200));
      await expect(cell(page, '100001')).toBeVisible();
      await page.goto('/');
      await upload(page, csv('inventory.csv', 'a,b', '1,2'));
      await expect(cell(page, '2')).toBeVisible();
      await page.goto('/');
      await expect(page.getByRole('link', { name: /inventory/ })).toBeVisible();
      await picture(page, `my-shares-${colorScheme}`);
    });

    test('share', async ({ page, server, makeShare }) => {
      const share = await makeShare(sales('orders.csv', 9_000), 'Orders of the north');
      await page.goto(`/s/${share.id}#edit=${share.token}`);
      await expect(cell(page, '100001')).toBeVisible();
      await grid(page).focus();
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowRight']) {
        await page.keyboard.press(key);
      }
      await picture(page, `share-${colorScheme}`);
      await dragThumb(page, 0.5);
      await reviseOver(server, share, sales('orders.csv', 9_120));
      await expect(page.getByText('(120 more)')).toBeVisible();
      await picture(page, `updated-${colorScheme}`);
      await page.getByRole('button', { name: 'Share…' }).click();
      await picture(page, `dialog-${colorScheme}`);
    });
  });
}

test('upload under way', async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  await page.goto('/');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 20,
    downloadThroughput: -1,
    uploadThroughput: 900_000,
  });
  await upload(page, sales('orders.csv', 90_000));
  await expect(page.getByText(/s left/)).toBeVisible();
  await picture(page, 'upload');
  await page.getByRole('button', { name: 'Cancel' }).click();
});

test('remarks and a failure', async ({ page, makeShare }) => {
  const lines = [
    'order,store,pieces',
    ...Array.from({ length: 300 }, (_, row) => `${String(row)},Oslo,4`),
  ];
  lines[18] += ',9';
  lines[120] += ',9,9';
  const share = await makeShare(csv('ragged.csv', ...lines), 'A file with surplus cells');
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await page.getByText(/\d remarks?/).click();
  await upload(page, {
    name: 'broken.xlsx',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from('PK\u0003\u0004 not a workbook at all'),
  });
  await expect(page.getByText(/could not be read/)).toBeVisible();
  await picture(page, 'remarks-and-failure');
});

test('narrow and large', async ({ page, makeShare }) => {
  const share = await makeShare(sales('orders.csv', 9_000), 'Orders of the north');
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, '100001')).toBeVisible();
  await picture(page, 'share-narrow');
  await page.goto('/');
  await picture(page, 'start-narrow');
  await page.setViewportSize({ width: 3840, height: 2160 });
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, '100001')).toBeVisible();
  await picture(page, 'share-4k');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto('/s/unknown');
  await picture(page, 'unknown');
  await page.goto('/docs');
  await expect(page.getByText('/api/v1/shares', { exact: true }).first()).toBeVisible();
  await picture(page, 'docs');
});

test('scrolling a large table', async ({ page, makeShare }) => {
  const share = await makeShare(numbered('large.csv', 200_000));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'row 1')).toBeVisible();
  await page.route('**/rows?*', () => undefined);
  await dragThumb(page, 0.7);
  await expect(page.locator('.waiting').first()).toBeVisible();
  await picture(page, 'scrolling');
});
