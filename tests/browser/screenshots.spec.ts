/** Pictures of the main states for docs/screenshots, and for whoever changes how things look. */
import { fileURLToPath } from 'node:url';

import type { Page } from '../../frontend/browser/kit';
import { expect, reviseOver, test } from './fixtures';
import { CRAWLING, lineOf, SLOW } from './line';
import { cell, dragThumb, grid, paste, untilPart, upload } from './pages';
import { BROKEN, csv, delimited, numbered, onDisk, type Upload } from './tables';

const FOLDER = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));

const PLACES = ['Oslo', 'Bergen', 'Trondheim', 'Stavanger', 'Tromsø', 'Bodø', 'Ålesund', 'Molde'];
const GOODS = ['Coffee, ground', 'Oat milk', 'Rye bread', 'Brown cheese', 'Apples', 'Salmon'];

interface Order {
  placed: string;
  place: number;
  price: number;
}

function orders(name: string, rows: number, orderOf: (row: number) => Order): Upload {
  const lines = ['order,placed,store,article,pieces,price,paid,remark'];
  for (let row = 1; row <= rows; row += 1) {
    const { placed, place, price } = orderOf(row);
    const remark = row % 11 === 0 ? '"call first, then deliver"' : '';
    lines.push(
      [
        String(100_000 + row),
        placed,
        PLACES[place % PLACES.length],
        `"${GOODS[(row * 7) % GOODS.length] ?? ''}"`,
        String((row * 13) % 48),
        price.toFixed(2),
        row % 5 === 0 ? 'false' : 'true',
        remark,
      ].join(','),
    );
  }
  return delimited(name, lines);
}

/** Orders; with `more`, some of them cost that much more. */
function sales(name: string, rows: number, more = 0): Upload {
  return orders(name, rows, (row) => ({
    placed: `2026-0${String((row % 9) + 1)}-${String((row % 28) + 1).padStart(2, '0')}`,
    place: row * 5,
    price: ((row * 7919) % 40_000) / 100 + (row % 7 === 3 ? more : 0),
  }));
}

const DAYS = 260;
const DAY_MS = 86_400_000;

/** Orders as a shop has them: more of them each week, most from a few stores, few that are dear. */
function trade(name: string, rows: number): Upload {
  /** From 0 to 1, without a pattern that an eye would find. */
  const chance = (row: number, by: number): number => (row * Math.sqrt(by)) % 1;
  return orders(name, rows, (row) => {
    const day = Math.floor(DAYS * (row / (rows + 1)) ** 0.75 + 2.5 * Math.sin(row / 300));
    return {
      placed: new Date(Date.UTC(2026, 0, 1) + day * DAY_MS).toISOString().slice(0, 10),
      place: Math.floor(PLACES.length * chance(row, 2) ** 1.6),
      price: 12 + 380 * chance(row, 3) ** 2.2,
    };
  });
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
      await paste(page, 'code\tcity\tnote\n007\tOslo\t"north,\nthen east"\n008\tBergen\t\n');
      await expect(page.getByRole('cell', { name: '007' })).toBeVisible();
      await picture(page, `pasted-${colorScheme}`);
      await page.keyboard.press('Escape');
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
      await reviseOver(server, share, sales('orders.csv', 9_120, 0.5));
      await expect(page.getByText('120 more')).toBeVisible();
      await expect(page.locator('.changed').first()).toBeVisible();
      const news = page.locator('.news button');
      await news.evaluate((one) => Promise.all(one.getAnimations().map((rise) => rise.finished)));
      // A picture whose animations are at their end would show no marks.
      await page.screenshot({ path: `${FOLDER}updated-${colorScheme}.png` });
      await page.getByRole('button', { name: 'Pause' }).click();
      await reviseOver(server, share, sales('orders.csv', 9_000));
      await expect(page.getByText('1 newer revision.')).toBeVisible();
      await picture(page, `paused-live-${colorScheme}`);
      await page.getByRole('button', { name: 'Share…' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await picture(page, `dialog-${colorScheme}`);
    });

    test('a question, what a column holds, a view to take along', async ({ page, makeShare }) => {
      const share = await makeShare(trade('orders.csv', 9_000), 'Orders of the north');
      await page.goto(`/s/${share.id}?store__ne=Oslo&price__gte=20&price__lt=300&sort=-price`);
      await page.getByRole('button', { name: 'Summaries' }).click();
      await expect(page.locator('.says')).toHaveText(Array<RegExp>(8).fill(/distinct/));
      await picture(page, `asked-${colorScheme}`);
      await page.getByRole('columnheader', { name: 'pieces' }).hover();
      await page.getByRole('button', { name: 'Sort, filter, summary: pieces' }).click();
      await expect(page.getByText('Upper quartile')).toBeVisible();
      await picture(page, `column-${colorScheme}`);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('button', { name: 'pandas' }).click();
      await picture(page, `export-${colorScheme}`);
    });

    test('a chart over time, and one of categories', async ({ page, makeShare }) => {
      const share = await makeShare(trade('orders.csv', 9_000), 'Orders of the north');
      await page.goto(`/s/${share.id}?chart=placed&y=price&period=week`);
      await expect(page.getByRole('img', { name: 'Line chart' })).toBeVisible();
      await picture(page, `chart-line-${colorScheme}`);
      await page.goto(`/s/${share.id}?chart=store&y=price`);
      await expect(page.getByRole('img', { name: 'Bar chart' })).toBeVisible();
      await picture(page, `chart-bars-${colorScheme}`);
    });

    test('history, and reading differently', async ({ page, server, makeShare }) => {
      const share = await makeShare(sales('orders.csv', 9_000), 'Orders of the north');
      await reviseOver(server, share, sales('orders, corrected.csv', 9_020));
      await reviseOver(server, share, sales('orders.csv', 9_120));
      await page.goto(`/s/${share.id}#edit=${share.token}`);
      await expect(cell(page, '100001')).toBeVisible();
      await page.getByRole('button', { name: 'History' }).click();
      await expect(page.getByText('9,020 rows')).toBeVisible();
      await picture(page, `history-${colorScheme}`);
      await page.getByRole('link', { name: 'Open revision 2' }).click();
      await expect(page.getByText('You are looking at revision 2.')).toBeVisible();
      await expect(cell(page, '100001')).toBeVisible();
      await picture(page, `earlier-${colorScheme}`);
      await page.getByText('How this file was read').click();
      await page.getByRole('button', { name: 'Read it differently…' }).click();
      await page.getByLabel('Delimiter').selectOption('semicolon');
      await expect(page.getByText('semicolon (as you said)')).toBeVisible();
      await picture(page, `reread-${colorScheme}`);
    });

    test('an upload: its first rows, paused, unfinished', async ({ page, server }) => {
      const path = onDisk(server.folder, sales('orders of the north.csv', 900_000));
      page.on('dialog', (dialog) => void dialog.accept());
      await page.goto('/');
      const line = await lineOf(page);
      await line(SLOW);
      await page.setInputFiles('input[type=file]', path);
      await untilPart(page, 15);
      await line(CRAWLING);
      await expect(cell(page, '100001')).toBeVisible();
      await picture(page, `upload-${colorScheme}`);
      await page.getByRole('button', { name: 'Pause' }).click();
      await expect(page.getByText('Paused')).toBeVisible();
      await picture(page, `paused-${colorScheme}`);
      await page.reload();
      await expect(page.getByText('Choose the file again', { exact: true })).toBeVisible();
      await picture(page, `unfinished-${colorScheme}`);
      await page.getByRole('button', { name: 'Give it up' }).click();
      await expect(page.getByText('Choose the file again')).toHaveCount(0);
    });
  });
}

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
  await upload(page, BROKEN);
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
