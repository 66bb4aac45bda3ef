/** What is selected in a grid: from where one began to where the active cell is. */
import type { Position } from './keys';
import type { Span } from './scroll';

/** Cells, or whole rows or columns through them, or everything. */
export type Kind = 'cells' | 'rows' | 'columns' | 'all';

export interface Selection {
  readonly kind: Kind;
  /** The other corner than the active cell. */
  readonly from: Position;
}

export interface Range {
  readonly rows: Span;
  readonly columns: Span;
}

/** More is no longer a copy but an export: a clipboard holds it all in memory, several times. */
export const MOST_CELLS = 500_000;

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** Everything between two corners; null where there is nothing. */
export function rangeOf(
  selection: Selection | null,
  active: Position,
  { rows, columns }: Size,
): Range | null {
  if (selection === null || rows === 0 || columns === 0) return null;
  const { kind, from } = selection;
  const whole = (count: number): Span => ({ first: 0, end: count });
  return {
    rows: kind === 'columns' || kind === 'all' ? whole(rows) : between(from.row, active.row, rows),
    columns:
      kind === 'rows' || kind === 'all'
        ? whole(columns)
        : between(from.column, active.column, columns),
  };
}

function between(one: number, other: number, count: number): Span {
  const first = Math.min(one, other, count - 1);
  return { first, end: Math.min(count, Math.max(one, other) + 1) };
}

export function cellsIn({ rows, columns }: Range): number {
  return (rows.end - rows.first) * (columns.end - columns.first);
}

export function holds(span: Span, index: number): boolean {
  return index >= span.first && index < span.end;
}
