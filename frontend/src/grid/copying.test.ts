import { expect, test } from 'vitest';

import { ApiError } from '../api/problem';
import type { Cell, Sheet } from '../api/types';
import { ProvisionalView } from '../provisional/view';
import { cellsHere, cellsOf } from './copying';
import { tsvOf } from './tsv';

const columns: Sheet['columns'] = ['a', 'b', 'c'].map((key) => ({
  key,
  name: key.toUpperCase(),
  type: 'text',
  nulls: 0,
  generated: false,
}));
const rows: Cell[][] = Array.from({ length: 30 }, (_, row) =>
  columns.map(({ key }) => `${key}${String(row)}`),
);
const view = new ProvisionalView('abc', {
  index: 0,
  name: 's',
  columns,
  first_rows: rows,
  rows_seen: 30,
} as never);

test('cells that need it are quoted, so that a spreadsheet takes them whole', () => {
  const text = tsvOf([
    ['plain', 'a\tb', 'say "hi"'],
    ['two\nlines', null, 12.5],
    [true, undefined, ''],
  ]);
  expect(text).toBe('plain\t"a\tb"\t"say ""hi"""\n"two\nlines"\t\t12.5\ntrue\t\t');
});

test('what is here is not fetched', async () => {
  const range = { rows: { first: 1, end: 3 }, columns: { first: 1, end: 3 } };
  const never = () => Promise.reject(new Error('fetched'));
  expect(await cellsOf(view, range, never)).toEqual([
    ['b1', 'c1'],
    ['b2', 'c2'],
  ]);
});

test('what is missing is fetched in parts, smaller where cells are long', async () => {
  const range = { rows: { first: 20, end: 2_600 }, columns: { first: 0, end: 2 } };
  expect(cellsHere(view, range)).toBeNull();
  const asked: [number, number][] = [];
  const fetch = (first: number, limit: number, keys: readonly string[]) => {
    expect(keys).toEqual(['a', 'b']);
    if (limit > 500) {
      return Promise.reject(new ApiError(400, 'page_too_large', 'Too large', ''));
    }
    asked.push([first, limit]);
    return Promise.resolve(
      Array.from({ length: limit }, (_, row) => [`a${String(first + row)}`, '']),
    );
  };
  const found = await cellsOf(view, range, fetch);
  expect(found).toHaveLength(2_580);
  expect(found.at(-1)?.[0]).toBe('a2599');
  expect(asked[0]).toEqual([20, 100]);
});

test('another refusal is told', async () => {
  const range = { rows: { first: 0, end: 100 }, columns: { first: 0, end: 1 } };
  const refuse = () => Promise.reject(new ApiError(503, 'unavailable', 'Busy', 'Try later.'));
  await expect(cellsOf(view, range, refuse)).rejects.toThrow('Try later.');
});
