import { expect, test } from 'vitest';

import { cellsIn, rangeOf } from './selection';

const size = { rows: 100, columns: 5 };
const at = (row: number, column: number) => ({ row, column });

test('nothing is selected but the active cell until one begins to', () => {
  expect(rangeOf(null, at(3, 2), size)).toBeNull();
});

test('cells reach from corner to corner, whichever way', () => {
  const range = { rows: { first: 2, end: 5 }, columns: { first: 1, end: 4 } };
  expect(rangeOf({ kind: 'cells', from: at(2, 1) }, at(4, 3), size)).toEqual(range);
  expect(rangeOf({ kind: 'cells', from: at(4, 1) }, at(2, 3), size)).toEqual(range);
  expect(cellsIn(range)).toBe(9);
});

test('rows and columns are whole', () => {
  const rows = rangeOf({ kind: 'rows', from: at(7, 3) }, at(8, 3), size);
  expect(rows).toEqual({ rows: { first: 7, end: 9 }, columns: { first: 0, end: 5 } });
  const columns = rangeOf({ kind: 'columns', from: at(7, 3) }, at(7, 3), size);
  expect(columns).toEqual({ rows: { first: 0, end: 100 }, columns: { first: 3, end: 4 } });
  const all = rangeOf({ kind: 'all', from: at(7, 3) }, at(7, 3), size);
  expect(all && cellsIn(all)).toBe(500);
});

test('a table that became smaller keeps what is left of a selection', () => {
  const range = rangeOf({ kind: 'cells', from: at(2, 1) }, at(40, 1), { rows: 10, columns: 5 });
  expect(range?.rows).toEqual({ first: 2, end: 10 });
  expect(rangeOf({ kind: 'cells', from: at(2, 1) }, at(0, 0), { rows: 0, columns: 5 })).toBeNull();
});
