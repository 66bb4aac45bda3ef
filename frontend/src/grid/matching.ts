/** Going from one cell that holds what is searched for to the next. Every row of a search has one. */
import type { Rows } from './cache';
import type { Position } from './keys';

/** The rows that are gone through. */
export interface Searched {
  readonly rows: number;
  readonly columns: readonly unknown[];
  /** All cells of rows, from one up to another. */
  read(first: number, end: number): Promise<Rows>;
}

const AT_ONCE = 100;
/** A match may be in a column that is hidden: then its row is passed over, but not for ever. */
const MOST_ROWS = 2_000;

/** The next match after a cell, or before it (`step` -1); beyond the last one, the first. */
export async function nextMatch(
  view: Searched,
  from: Position,
  step: 1 | -1,
  found: (cell: string) => boolean,
): Promise<Position | null> {
  const { rows } = view;
  const last = view.columns.length - 1;
  let column = from.column + step;
  let part = { first: 0, rows: [] as Rows };
  for (let passed = 0; passed <= Math.min(rows, MOST_ROWS); passed += 1) {
    const row = (((from.row + passed * step) % rows) + rows) % rows;
    if (part.rows[row - part.first] === undefined) part = await around(view, row, step);
    const cells = part.rows[row - part.first] ?? [];
    for (; column >= 0 && column <= last; column += step) {
      const cell = cells[column];
      if (cell != null && found(String(cell))) return { row, column };
    }
    column = step > 0 ? 0 : last;
  }
  return null;
}

async function around(view: Searched, row: number, step: 1 | -1) {
  const first = step > 0 ? row : Math.max(0, row - AT_ONCE + 1);
  const end = Math.min(view.rows, step > 0 ? row + AT_ONCE : row + 1);
  return { first, rows: await view.read(first, end) };
}
