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
  read: (first, end) => Promise.resolve(cells.slice(first, end)),
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

test('rows are read on the way, a hundred at a time', async () => {
  const asked: [number, number][] = [];
  const far: Searched = {
    rows: 1_000,
    columns: [0],
    read: (first, end) => {
      asked.push([first, end]);
      return Promise.resolve(
        Array.from({ length: end - first }, (_, place) => [first + place === 350 ? 'x' : '']),
      );
    },
  };
  expect(await nextMatch(far, at(10, 0), 1, isX)).toEqual(at(350, 0));
  expect(asked).toEqual([
    [10, 110],
    [110, 210],
    [210, 310],
    [310, 410],
  ]);
  asked.length = 0;
  expect(await nextMatch(far, at(10, 0), -1, isX)).toEqual(at(350, 0));
  expect(asked.slice(0, 3)).toEqual([
    [0, 11],
    [900, 1_000],
    [800, 900],
  ]);
});
