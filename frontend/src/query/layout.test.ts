import { describe, expect, test } from 'vitest';

import type { Column } from '../api/types';
import {
  AS_IN_FILE,
  hide,
  layoutParameters,
  lostColumns,
  move,
  readLayout,
  show,
  shownColumns,
  type Layout,
} from './layout';

const columns = ['a', 'b', 'c', 'd'].map((key): Column => ({
  key,
  name: key,
  type: 'text',
  nulls: 0,
  generated: false,
}));
const read = (search: string): Layout => readLayout(new URLSearchParams(search));
const text = (layout: Layout): string => new URLSearchParams(layoutParameters(layout)).toString();

describe('the columns of a view', () => {
  test('are all of them, as in the file, unless the address says so', () => {
    expect(read('sort=a')).toEqual(AS_IN_FILE);
    expect(text(AS_IN_FILE)).toBe('');
    expect(shownColumns(AS_IN_FILE, columns)).toEqual([0, 1, 2, 3]);
  });

  test('survive the address, in their order', () => {
    const layout = read('columns=c,a,c&pin=1');
    expect(layout).toEqual({ columns: ['c', 'a'], pinned: 1 });
    expect(text(layout)).toBe('columns=c%2Ca&pin=1');
    expect(shownColumns(layout, columns)).toEqual([2, 0]);
  });

  test('that a sheet does not have are left out and named; with none left, all are shown', () => {
    expect(shownColumns(read('columns=x,b'), columns)).toEqual([1]);
    expect(lostColumns(read('columns=x,b'), columns)).toEqual(['x']);
    expect(shownColumns(read('columns=x'), columns)).toHaveLength(4);
    expect(read('pin=-3&columns=,').pinned).toBe(0);
  });

  test('are hidden one by one, never the last, and come back where they were', () => {
    let layout = hide(AS_IN_FILE, 'b', columns);
    expect(layout.columns).toEqual(['a', 'c', 'd']);
    expect(show(layout, 'b', columns)).toEqual(AS_IN_FILE);
    for (const key of ['a', 'c', 'd']) layout = hide(layout, key, columns);
    expect(layout.columns).toEqual(['d']);
  });

  test('a hidden column that was pinned leaves the others pinned', () => {
    expect(hide({ columns: null, pinned: 2 }, 'a', columns).pinned).toBe(1);
    expect(hide({ columns: null, pinned: 2 }, 'd', columns).pinned).toBe(2);
  });

  test('are moved, and moved back is as it was', () => {
    const layout = move(AS_IN_FILE, 'a', 2, columns);
    expect(layout.columns).toEqual(['b', 'c', 'a', 'd']);
    expect(move(layout, 'a', 0, columns)).toEqual(AS_IN_FILE);
    expect(move(AS_IN_FILE, 'a', 99, columns).columns).toEqual(['b', 'c', 'd', 'a']);
  });
});
