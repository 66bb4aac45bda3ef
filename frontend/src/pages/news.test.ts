import { describe, expect, test } from 'vitest';

import type { Cell, Column, ColumnType, Revision } from '../api/types';
import { PageCache } from '../grid/cache';
import { paneFrom, TableView } from '../grid/view';
import { readQuery, WHOLE } from '../query/rows';
import { tell, turned, type Showing } from './news';

class Held extends TableView {
  override cell(row: number, column: number): Cell | undefined {
    return row < this.rows ? `${String(row)}/${String(column)}` : undefined;
  }
}

const READY = '2026-11-21T12:00:00Z';

function showing(
  number: number,
  rows: number,
  names: readonly string[],
  types: Readonly<Record<string, ColumnType>> = {},
  query = WHOLE,
): Showing {
  const columns = names.map((name): Column => ({
    key: name.toLowerCase(),
    name,
    type: types[name.toLowerCase()] ?? 'text',
    nulls: 0,
    generated: false,
  }));
  const sheet = { index: 0, name: 'sheet', rows, columns };
  const revision = { number, finished_at: READY, sheets: [sheet] } as unknown as Revision;
  return { revision, view: new Held('s', number, sheet, new PageCache(0), query) };
}

function told(before: Showing, after: Showing, seconds = 0): string {
  const text = tell(before, after, paneFrom(0), new Date(Date.parse(READY) + seconds * 1_000));
  after.view?.stop();
  return text;
}

test('a new revision is told with its time and its size', () => {
  const before = showing(7, 1_201, ['A']);
  expect(told(before, showing(8, 1_204, ['A']), 12)).toBe(
    'Revision 8, 12 s ago: 1,204 rows, 3 more. What you see is the same.',
  );
  expect(told(before, showing(8, 1_000, ['A']), 200)).toMatch(
    /^Revision 8, 3 minutes ago: 1,000 rows, 201 fewer\./,
  );
  expect(told(before, showing(8, 1_201, ['A']), -5)).toMatch(/^Revision 8, just now: 1,201 rows\./);
});

test('columns that come and go are named while they are few', () => {
  const before = showing(1, 2, ['A', 'B']);
  expect(told(before, showing(2, 2, ['A', 'C']))).toBe(
    'Revision 2, just now: 2 rows, 1 column more (C), 1 column fewer (B).',
  );
  expect(told(before, showing(2, 2, ['A', 'B', 'C', 'D', 'E']))).toMatch(/3 columns more\.$/);
});

test('other columns are named where nearly nothing is as it was', () => {
  const before = showing(1, 2, ['A', 'B', 'C']);
  expect(told(before, showing(2, 2, ['X', 'Y', 'C']))).toBe(
    'Revision 2, just now: 2 rows, other columns (X, Y).',
  );
  const many = Array.from({ length: 9 }, (_, index) => `N${String(index)}`);
  expect(told(before, showing(2, 2, many))).toMatch(
    /other columns \(N0, N1, N2, N3, N4, N5 and 3 more\)\.$/,
  );
});

describe('a column that becomes another type', () => {
  const asking = readQuery(new URLSearchParams('n__gte=5'));
  const numbers = { n: 'number' } as const;

  test('is told', () => {
    expect(told(showing(1, 2, ['N'], numbers), showing(2, 2, ['N']))).toMatch(
      /: 2 rows, N holds text now, not numbers\./,
    );
  });

  test('is told with what it does to a filter, and rows are not compared', () => {
    const before = showing(1, 2, ['N'], numbers, asking);
    const after = showing(2, 3, ['N'], {}, asking);
    expect(told(before, after)).toBe(
      'Revision 2, just now: 3 rows, 1 more. ' +
        'N holds text now, not numbers: the filter on it compares text.',
    );
    expect(after.view?.marks.size).toBe(0);
  });

  test('is remembered until it is as it was when it was asked', () => {
    const [first, second] = [
      showing(1, 2, ['N'], numbers, asking),
      showing(2, 2, ['N'], {}, asking),
    ];
    const known = turned([], first, second);
    expect(known).toEqual([{ key: 'n', name: 'N', was: 'number', is: 'text' }]);
    expect(turned(known, second, showing(3, 2, ['N'], {}, asking))).toEqual(known);
    expect(turned(known, second, showing(3, 2, ['N'], numbers, asking))).toEqual([]);
  });

  test('matters only where it is asked for, and not from whole numbers to numbers', () => {
    const [whole, text] = [showing(1, 2, ['N'], { n: 'integer' }, asking), showing(2, 2, ['N'])];
    expect(turned([], whole, showing(2, 2, ['N'], numbers, asking))).toEqual([]);
    expect(turned([], whole, text)).toEqual([]);
  });
});

test('new rows in sight are told and marked', () => {
  const after = showing(2, 3, ['A']);
  expect(told(showing(1, 1, ['A']), after)).toMatch(/ Here: 2 new rows\.$/);
  expect([...(after.view?.marks.keys() ?? [])]).toEqual([1, 2]);
});

test('another sheet is not compared with the one before', () => {
  const [before, after] = [showing(1, 1, ['A']), showing(2, 9, ['B'])];
  for (const { revision } of [before, after]) revision.sheets.push(...revision.sheets);
  Object.assign(after.view?.sheet ?? {}, { name: 'another' });
  expect(told(before, after)).toBe('Revision 2, just now: 9 rows.');
});

test('a revision without a table is told', () => {
  const none = { ...showing(2, 0, []), view: null };
  expect(told(showing(1, 1, ['A']), none)).toBe('Revision 2, just now: no table.');
});
