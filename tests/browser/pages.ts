/** What a reader can do with a page, in the words of a reader. */
import { expect, type Locator, type Page } from '../../frontend/browser/kit';
import type { Upload } from './tables';

export function grid(page: Page): Locator {
  return page.getByRole('grid');
}

export function cell(page: Page, text: string): Locator {
  return page.getByRole('gridcell', { name: text, exact: true });
}

export async function upload(page: Page, file: Upload): Promise<void> {
  await page.setInputFiles('input[type=file]', file);
}

/** When a cell with this text came to be on the page, in epoch milliseconds; ask beforehand. */
export async function whenShown(page: Page, text: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          const cells = Array.from(document.querySelectorAll('[role=gridcell]'));
          if (cells.some((cell) => cell.textContent.trim() === wanted)) resolve(Date.now());
          else setTimeout(look, 10);
        };
        look();
      }),
    text,
  );
}

/** Waits within the page, not from outside: an upload may be over before one asks twice. */
export async function untilPart(page: Page, percent: number): Promise<void> {
  await expect(page.getByRole('progressbar')).toBeVisible();
  await page.evaluate(
    (wanted) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          const bar = document.querySelector('[role=progressbar]');
          if (bar === null) reject(new Error(`the upload ended before ${String(wanted)} %`));
          else if (Number(bar.getAttribute('aria-valuenow')) >= wanted) resolve();
          else setTimeout(look, 10);
        };
        look();
      }),
    percent,
  );
}

/** Lets files fall onto the page, as a hand would. */
export async function drop(page: Page, ...files: Upload[]): Promise<void> {
  await page.locator('h1').first().waitFor();
  const transfer = await page.evaluateHandle(
    (dropped) => {
      const data = new DataTransfer();
      for (const { name, mimeType, text } of dropped) {
        data.items.add(new File([text], name, { type: mimeType }));
      }
      return data;
    },
    files.map(({ name, mimeType, buffer }) => ({
      name,
      mimeType,
      text: buffer.toString('utf8'),
    })),
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** Scrolls the grid natively, as a dragged thumb does, to a fraction of its height. */
export async function dragThumb(page: Page, fraction: number): Promise<void> {
  await grid(page).evaluate((scroller, part) => {
    scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) * part;
  }, fraction);
}

export async function scrollTop(page: Page): Promise<number> {
  return grid(page).evaluate((scroller) => scroller.scrollTop);
}

export async function countElements(page: Page): Promise<number> {
  return grid(page).evaluate((scroller) => scroller.querySelectorAll('*').length);
}

/** The row numbers that can be seen, in order. */
export async function expectRowVisible(page: Page, row: number): Promise<void> {
  const name = row.toLocaleString('en');
  await expect(page.getByRole('rowheader', { name, exact: true })).toBeInViewport();
}

/** Pastes as a hand would; `html` as programs put it beside the text. */
export async function paste(page: Page, text: string, html = ''): Promise<void> {
  await page.locator('h1').first().waitFor(); // a hand waits until there is something to see
  await page.evaluate(
    ([plain, markup]) => {
      const data = new DataTransfer();
      if (plain !== '') data.setData('text/plain', plain);
      if (markup !== '') data.setData('text/html', markup);
      const event = new ClipboardEvent('paste', {
        clipboardData: data,
        bubbles: true,
        cancelable: true,
      });
      (document.activeElement ?? document.body).dispatchEvent(event);
    },
    [text, html] as const,
  );
}
