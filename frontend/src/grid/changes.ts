/**
 * What is not as it was, of the rows that are looked at. A row that has only moved, because others
 * came or went above it, is the same row: rows are matched first, and then compared cell by cell.
 */
import { isWhole } from '../query/rows';
import type { Pane, TableView } from './view';

/** So many rows a row may have moved and still be known again: about what is here anyway. */
const REACH = 120;

export interface Changes {
  /** Columns by row. */
  marks: ReadonlyMap<number, ReadonlySet<number>>;
  /** How many cells have another value. */
  cells: number;
  /** How many rows were not there. */
  rows: number;
  /** Whether everything in sight is as it was, and where it was. */
  same: boolean;
}

/** Where a column stands now, and stood. */
interface Place {
  now: number;
  then: number;
}

/** All that both have of a row; undefined while it is not here, or where there is none. */
type Reader = (row: number) => string | undefined;

function readerOf(view: TableView, columns: readonly number[]): Reader {
  return (row) => {
    if (row < 0 || row >= view.rows) return undefined;
    const cells = columns.map((column) => view.cell(row, column));
    return cells.includes(undefined) ? undefined : JSON.stringify(cells);
  };
}

/** The columns in sight that both have, where they are now and were; and whether that is all. */
function sharedColumns(before: TableView, after: TableView, { columns }: Pane) {
  const places = new Map(before.columns.map(({ key }, index) => [key, index]));
  const seen = [...after.columns.entries()].filter(
    ([now]) => now < after.pinned || (now >= columns.first && now < columns.end),
  );
  const shared = seen.flatMap(([now, { key }]) => {
    const then = places.get(key);
    return then === undefined ? [] : [{ now, then }];
  });
  return { shared, all: shared.length === seen.length };
}

function countRows(read: Reader, first: number, end: number): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (let row = Math.max(0, first); row < end; row += 1) {
    const text = read(row);
    if (text !== undefined) found.set(text, [...(found.get(text) ?? []), row]);
  }
  return found;
}

function nearest(rows: readonly number[] | undefined, row: number): number | undefined {
  return rows?.toSorted((a, b) => Math.abs(a - row) - Math.abs(b - row))[0];
}

/** Compares two views of the same question, where `pane` is looked at. */
export function changesBetween(before: TableView, after: TableView, pane: Pane): Changes {
  const { shared, all } = sharedColumns(before, after, pane);
  const { first, end } = pane.rows;
  const then = readerOf(
    before,
    shared.map((column) => column.then),
  );
  const now = readerOf(
    after,
    shared.map((column) => column.now),
  );
  const near = countRows(then, first - REACH, end + REACH);
  const seenThen = countRows(then, first, end);
  const seenNow = countRows(now, first, end);
  const stays = (text: string): boolean =>
    (seenNow.get(text)?.length ?? 0) >= (seenThen.get(text)?.length ?? 1);
  const marks = new Map<number, ReadonlySet<number>>();
  let cells = 0;
  let rows = 0;
  let same = all && Math.min(end, before.rows) === Math.min(end, after.rows);
  /** How far the rows here have moved down. */
  let shift = 0;

  function isNew(row: number): boolean {
    const replaced = then(row - shift);
    if (replaced === undefined) return row - shift >= before.rows;
    // What stood here stands elsewhere now, so this has come before it.
    return stays(replaced) || (!isWhole(after.query) && !isAlike(row));
  }

  function differing(row: number): Place[] {
    return shared.filter(
      (column) => after.cell(row, column.now) !== before.cell(row - shift, column.then),
    );
  }

  /** Whether it may be the row that stood there: a question lets rows come and go in any place. */
  function isAlike(row: number): boolean {
    return differing(row).length * 2 <= shared.length;
  }

  function compare(row: number): void {
    const cellsNow = differing(row).map((column) => column.now);
    cells += cellsNow.length;
    marks.set(row, new Set(cellsNow));
  }

  function look(row: number, text: string): void {
    if (then(row - shift) === text) return;
    same = false;
    const moved = nearest(near.get(text), row - shift);
    if (moved !== undefined) shift = row - moved;
    else if (isNew(row)) {
      marks.set(row, new Set(shared.map((column) => column.now)));
      rows += 1;
      if (row - shift < before.rows) shift += 1;
    } else if (then(row - shift) !== undefined) compare(row);
  }

  for (let row = Math.max(0, first); row < Math.min(end, after.rows); row += 1) {
    const text = now(row);
    if (text === undefined) same = false;
    else look(row, text);
  }
  return { marks, cells, rows, same };
}
