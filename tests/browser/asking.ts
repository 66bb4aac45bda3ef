/** What the tests of questions to a table share: a table of orders, and the parts of a header. */
import { expect, type Locator, type Page } from '../../frontend/browser/kit';
import { delimited, type Upload } from './tables';

const STORES = ['Oslo', 'Bergen', 'Tromsø', 'Ålesund'];

/** Orders: every fourth from one store, a price, a day, whether it was paid (every fifth is not). */
export function orders(name: string, rows: number): Upload {
  const lines = ['order,store,price,placed,paid,remark'];
  for (let row = 1; row <= rows; row += 1) {
    const day = String((row % 28) + 1).padStart(2, '0');
    lines.push(
      [
        String(row),
        STORES[row % STORES.length],
        (((row * 7919) % 10_007) / 10).toFixed(2),
        `2026-01-${day}`,
        row % 5 === 0 ? 'false' : 'true',
        row % 10 === 0 ? 'call first' : '',
      ].join(','),
    );
  }
  return delimited(name, lines);
}

export function header(page: Page, name: string): Locator {
  return page.getByRole('columnheader', { name: new RegExp(`^${name}\\b`) });
}

export function panel(page: Page): Locator {
  return page.getByRole('dialog');
}

/** The cells of a column from the first row down, as they are shown. */
export async function column(page: Page, index: number, rows: number): Promise<string[]> {
  const cells = Array.from({ length: rows }, (_, row) =>
    page
      .locator(`[data-row="${String(row)}"][data-column="${String(index)}"]`)
      .innerText({ timeout: 10_000 }),
  );
  return Promise.all(cells);
}

export async function openPanel(page: Page, name: string): Promise<void> {
  await header(page, name).hover();
  await page.getByRole('button', { name: `Sort, filter, summary: ${name}` }).click();
  await expect(panel(page)).toBeVisible();
}
