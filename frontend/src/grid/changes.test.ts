import { expect, test } from 'vitest';

import type { Cell, Column } from '../api/types';
import { PageCache } from './cache';
import { changesBetween } from './changes';
import { TableView } from './view';
import { readQuery, WHOLE } from '../query/rows';

/** A view all of whose cells are here. */
class Held extends TableView {
  readonly #rows: readonly (readonly Cell[])[];

  constructor(keys: string, rows: readonly (readonly Cell[])[], query = WHOLE) {
    const columns = Array.from(keys, (key): Column => ({
      key,
      name: key,
      type: 'text',
      nulls: 0,
      generated: false,
    }));
    super('s', 1, { index: 0, name: 't', rows: rows.length, columns }, new PageCache(0), query);
    this.#rows = rows;
  }

  override cell(row: number, column: number): Cell | undefined {
    return this.#rows[row]?.[column];
  }
}

const PANE = { rows: { first: 0, end: 50 }, columns: { first: 0, end: 50 } };

function letters(...names: string[]): string[][] {
  return names.map((name) => [name, `${name}'s`]);
}

/** What is marked, as `row:columns`. */
function between(
  before: readonly (readonly Cell[])[],
  after: readonly (readonly Cell[])[],
  pane = PANE,
) {
  const found = changesBetween(new Held('ab', before), new Held('ab', after), pane);
  const marks = [...found.marks].map(([row, columns]) => `${String(row)}:${[...columns].join('')}`);
  return { marks, cells: found.cells, rows: found.rows };
}

test('nothing is marked where nothing has changed', () => {
  const rows = letters('x', 'y', 'y', 'z');
  expect(between(rows, rows)).toEqual({ marks: [], cells: 0, rows: 0 });
});

test('a changed cell is marked, and only that', () => {
  const before = letters('x', 'y', 'z');
  const after = letters('x', 'y', 'z');
  after[1] = ['y', 'new'];
  expect(between(before, after)).toEqual({ marks: ['1:1'], cells: 1, rows: 0 });
});

test('null is another value than an empty text', () => {
  expect(between([['x', null]], [['x', '']]).marks).toEqual(['0:1']);
});

test('appended rows are new', () => {
  expect(between(letters('x'), letters('x', 'y', 'z'))).toEqual({
    marks: ['1:01', '2:01'],
    cells: 0,
    rows: 2,
  });
});

test('rows that have only moved are the same rows', () => {
  const before = letters('x', 'y', 'z');
  expect(between(before, letters('n', 'm', 'x', 'y', 'z'))).toEqual({
    marks: ['0:01', '1:01'],
    cells: 0,
    rows: 2,
  });
  expect(between(before, letters('x', 'n', 'y', 'z')).marks).toEqual(['1:01']);
  expect(between(before, letters('x', 'z'))).toEqual({ marks: [], cells: 0, rows: 0 });
});

test('a change beneath an inserted row is a change of one cell', () => {
  const after = [...letters('n', 'x'), ['y', 'new'], ...letters('z')];
  expect(between(letters('x', 'y', 'z'), after)).toEqual({
    marks: ['0:01', '2:1'],
    cells: 1,
    rows: 1,
  });
});

test('one of several equal rows that becomes another has changed', () => {
  expect(between(letters('x', 'x', 'x'), letters('x', 'y', 'x'))).toEqual({
    marks: ['1:01'],
    cells: 2,
    rows: 0,
  });
});

test('a window deep in the table finds its rows again', () => {
  const names = Array.from({ length: 400 }, (_, index) => `r${String(index)}`);
  const pane = { ...PANE, rows: { first: 200, end: 240 } };
  const after = letters('n', ...names.slice(0, 250), 'm', ...names.slice(250));
  expect(between(letters(...names), after, pane)).toEqual({ marks: [], cells: 0, rows: 0 });
});

test('columns are known by their key, and a new one is not a change of every row', () => {
  const before = new Held('ab', [['1', '2']]);
  const after = new Held('xba', [['9', '2', '3']]);
  expect([...changesBetween(before, after, PANE).marks]).toEqual([[0, new Set([2])]]);
});

test('the same is said only of what was compared', () => {
  const before = new Held('ab', letters('x', 'y'));
  expect(changesBetween(before, new Held('ab', letters('x', 'y')), PANE).same).toBe(true);
  expect(changesBetween(before, new Held('ab', letters('x')), PANE).same).toBe(false);
  expect(changesBetween(before, new Held('ab', letters('y', 'x')), PANE).same).toBe(false);
  expect(changesBetween(before, new Held('ab', letters('x', 'z')), PANE).same).toBe(false);
  expect(changesBetween(before, new Held('abc', letters('x', 'y')), PANE).same).toBe(false);
});

test('what is not here is not compared', () => {
  const before = new Held('ab', []);
  Object.defineProperty(before, 'rows', { value: 2 });
  const after = new Held('ab', letters('x', 'y'));
  expect(changesBetween(before, after, PANE)).toMatchObject({ marks: new Map(), same: false });
});

test('cells out of sight are not marked', () => {
  const pane = { rows: { first: 0, end: 1 }, columns: { first: 0, end: 1 } };
  expect(
    between(
      letters('x', 'y'),
      [
        ['x', 'new'],
        ['new', 'new'],
      ],
      pane,
    ).marks,
  ).toEqual([]);
});

test('under a question a row that came in the place of one that went is no change of it', () => {
  const asking = readQuery(new URLSearchParams('a__gte=x'));
  const before = new Held(
    'abc',
    ['xx1', 'yy1', 'zz1'].map((row) => [...row]),
    asking,
  );
  const after = new Held(
    'abc',
    ['xx2', 'nm5', 'zz1'].map((row) => [...row]),
    asking,
  );
  const { marks, cells, rows } = changesBetween(before, after, PANE);
  expect([...marks].map(([row, columns]) => [row, ...columns])).toEqual([
    [0, 2],
    [1, 0, 1, 2],
  ]);
  expect({ cells, rows }).toEqual({ cells: 1, rows: 1 });
});
