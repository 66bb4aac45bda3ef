import { expect, test } from 'vitest';

import { nextMatch, type Searched } from './matching';

const cells = [
  ['a', 'x', 'x'],
  ['b', 'b', 'b'],
  ['x', 'c', null],
];
const view: Searched = {
  rows: 3,
  columns: [0, 1, 2],
  cell: (row, column) => cells[row]?.[column],
  load: () => Promise.resolve(),
};
const isX = (cell: string) => cell === 'x';
const at = (row: number, column: number) => ({ row, column });

test('the next match may be in the same row, in a later one, or the first again', async () => {
  expect(await nextMatch(view, at(0, 0), 1, isX)).toEqual(at(0, 1));
  expect(await nextMatch(view, at(0, 1), 1, isX)).toEqual(at(0, 2));
  expect(await nextMatch(view, at(0, 2), 1, isX)).toEqual(at(2, 0));
  expect(await nextMatch(view, at(2, 0), 1, isX)).toEqual(at(0, 1));
});

test('the one before is found the other way round', async () => {
  expect(await nextMatch(view, at(2, 0), -1, isX)).toEqual(at(0, 2));
  expect(await nextMatch(view, at(0, 1), -1, isX)).toEqual(at(2, 0));
});

test('the only match is found again, and nothing where there is none', async () => {
  expect(await nextMatch(view, at(1, 0), 1, (cell) => cell === 'a')).toEqual(at(0, 0));
  expect(await nextMatch(view, at(0, 0), 1, (cell) => cell === 'a')).toEqual(at(0, 0));
  expect(await nextMatch(view, at(1, 0), 1, () => false)).toBeNull();
});

test('rows that are not here yet are loaded on the way', async () => {
  const here = new Set<number>();
  const far: Searched = {
    rows: 1_000,
    columns: [0],
    cell: (row) => (here.has(row) ? (row === 350 ? 'x' : '') : undefined),
    load: ({ rows }) => {
      for (let row = rows.first; row < rows.end; row += 1) here.add(row);
      return Promise.resolve();
    },
  };
  expect(await nextMatch(far, at(10, 0), 1, isX)).toEqual(at(350, 0));
  expect(here.size).toBeLessThan(450);
});
