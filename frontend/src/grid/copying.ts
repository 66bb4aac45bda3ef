/** Copies a range of cells, fetching those that are not here yet. */
import { getRows } from '../api/client';
import { asApiError, type ApiError } from '../api/problem';
import type { Cell } from '../api/types';
import { parametersOf } from '../query/rows';
import { strings } from '../strings';
import type { Rows } from './cache';
import { cellsIn, MOST_CELLS, type Range } from './selection';
import { tsvOf } from './tsv';
import type { TableView } from './view';

const ROWS_AT_ONCE = 1_000;

type Fetch = (first: number, rows: number, columns: readonly string[]) => Promise<Rows>;

function fetchFrom(view: TableView): Fetch {
  const { shareId, revision, sheet } = view;
  const names = sheet.columns.map(({ key }) => key).join();
  return async (offset, limit, keys) => {
    const query = parametersOf(view.query);
    // The names of thousands of columns would be too long for an address.
    const columns = keys.join() === names ? undefined : keys;
    const asked = { shareId, revision, sheetIndex: sheet.index, offset, limit, columns, query };
    const page = await getRows(asked, new AbortController().signal);
    return page.rows as Rows;
  };
}

/** The cells of a range that are here; null where one is missing. */
export function cellsHere(view: TableView, { rows, columns }: Range): Cell[][] | null {
  const found: Cell[][] = [];
  for (let row = rows.first; row < rows.end; row += 1) {
    const cells: Cell[] = [];
    for (let column = columns.first; column < columns.end; column += 1) {
      const cell = view.cell(row, column);
      if (cell === undefined) return null;
      cells.push(cell);
    }
    found.push(cells);
  }
  return found;
}

/** All cells of a range. Rows with long cells come in smaller parts. ApiError. */
export async function cellsOf(view: TableView, range: Range, fetch = fetchFrom(view)) {
  const here = cellsHere(view, range);
  if (here !== null) return here;
  const keys = view.columns.slice(range.columns.first, range.columns.end).map(({ key }) => key);
  const found: (readonly Cell[])[] = [];
  let size = ROWS_AT_ONCE;
  for (let row = range.rows.first; row < range.rows.end;) {
    try {
      const part = await fetch(row, Math.min(size, range.rows.end - row), keys);
      if (part.length === 0) break;
      found.push(...part);
      row += part.length;
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code !== 'page_too_large' || size === 1) throw error;
      size = Math.max(1, Math.floor(size / 10));
    }
  }
  return found;
}

/** Puts a range on the clipboard and says how that went. */
export async function copyRange(view: TableView, range: Range, header: boolean): Promise<string> {
  if (cellsIn(range) > MOST_CELLS) return strings.grid.tooMuch(MOST_CELLS);
  try {
    await write(textOf(view, range, header));
    return strings.grid.copied(
      range.rows.end - range.rows.first,
      range.columns.end - range.columns.first,
    );
  } catch (error) {
    return strings.grid.notCopied(reasonOf(error));
  }
}

async function textOf(view: TableView, range: Range, header: boolean): Promise<string> {
  const rows = await cellsOf(view, range);
  const names = view.columns.slice(range.columns.first, range.columns.end).map(({ name }) => name);
  return tsvOf(header ? [names, ...rows] : rows);
}

/** The clipboard is asked at once, while the hand that wants it still counts as one. */
async function write(text: Promise<string>): Promise<void> {
  // Absent where the page did not come over a secure connection.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard === undefined) throw new Error(strings.grid.noClipboard);
  const type = 'text/plain';
  const blob = text.then((all) => new Blob([all], { type }));
  await clipboard.write([new ClipboardItem({ [type]: blob })]);
  await text;
}

function reasonOf(error: unknown): string {
  const known: ApiError | Error = error instanceof Error ? error : asApiError(error);
  return known.message;
}
