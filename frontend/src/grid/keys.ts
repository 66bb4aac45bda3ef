/** Where the keyboard takes the active cell (WAI-ARIA grid pattern). */
export interface Position {
  readonly row: number;
  readonly column: number;
}

export interface Bounds {
  readonly rows: number;
  readonly columns: number;
  /** Rows a PageDown moves. */
  readonly page: number;
}

type Move = (at: Position, bounds: Bounds, far: boolean) => Position;

const MOVES: Readonly<Record<string, Move>> = {
  ArrowUp: (at, _, far) => ({ ...at, row: far ? 0 : at.row - 1 }),
  ArrowDown: (at, bounds, far) => ({ ...at, row: far ? bounds.rows - 1 : at.row + 1 }),
  ArrowLeft: (at, _, far) => ({ ...at, column: far ? 0 : at.column - 1 }),
  ArrowRight: (at, bounds, far) => ({ ...at, column: far ? bounds.columns - 1 : at.column + 1 }),
  PageUp: (at, bounds) => ({ ...at, row: at.row - bounds.page }),
  PageDown: (at, bounds) => ({ ...at, row: at.row + bounds.page }),
  // A second Home or End, with nowhere left to go in the row, goes to the end of the table.
  Home: (at, _, far) => ({ row: far || at.column === 0 ? 0 : at.row, column: 0 }),
  End: (at, bounds, far) => {
    const last = bounds.columns - 1;
    return { row: far || at.column === last ? bounds.rows - 1 : at.row, column: last };
  },
};

/** The position after a key, or null when the key moves nothing. */
export function moved(at: Position, key: string, far: boolean, bounds: Bounds): Position | null {
  const move = MOVES[key];
  if (move === undefined || bounds.rows === 0 || bounds.columns === 0) return null;
  return clampPosition(move(at, bounds, far), bounds);
}

export function clampPosition(at: Position, bounds: Pick<Bounds, 'rows' | 'columns'>): Position {
  return {
    row: Math.max(0, Math.min(bounds.rows - 1, at.row)),
    column: Math.max(0, Math.min(bounds.columns - 1, at.column)),
  };
}
