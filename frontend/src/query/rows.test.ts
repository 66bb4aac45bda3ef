import { describe, expect, test } from 'vitest';

import type { Column } from '../api/types';
import {
  answerable,
  filterBy,
  isFiltered,
  isWhole,
  nameOf,
  parametersOf,
  readQuery,
  sortBy,
  toggleFilters,
  toggleSort,
  WHOLE,
  without,
  type RowQuery,
} from './rows';

const column = (key: string, type: Column['type'] = 'text'): Column => ({
  key,
  name: key,
  type,
  nulls: 0,
  generated: false,
});

function read(search: string): RowQuery {
  return readQuery(new URLSearchParams(search));
}

describe('an address', () => {
  test('comes back as it was written', () => {
    for (const search of [
      '',
      'amount__gte=5&amount__lt=10&q=%C3%B8rsted&sort=-amount%2Cname',
      'a__b__contains=x%26y%3Dz',
      '売上高__isnull=true&sort=売上高&collate=natural',
      'q=%22%25_%5C+',
    ]) {
      const query = read(search);
      const written = new URLSearchParams(parametersOf(query));
      expect(readQuery(written)).toEqual(query);
      expect(nameOf(query)).toBe(new URLSearchParams(search).toString());
    }
  });

  test('is whole where it asks nothing, whatever else it says', () => {
    expect(isWhole(read('sheet=North&row=17&revision=3'))).toBe(true);
    expect(read('a__unknown=1&__eq=2&b=3').filters).toEqual([]);
    expect(isWhole(read('sort=a'))).toBe(false);
  });

  test('names a column of a sort once, with its first direction', () => {
    expect(read('sort=-a,,a,b').sort).toEqual([
      { key: 'a', descending: true },
      { key: 'b', descending: false },
    ]);
  });
});

describe('a click on a header', () => {
  test('sorts up, then down, then not', () => {
    let query = toggleSort(WHOLE, 'a', false);
    expect(query.sort).toEqual([{ key: 'a', descending: false }]);
    query = toggleSort(query, 'a', false);
    expect(query.sort).toEqual([{ key: 'a', descending: true }]);
    expect(toggleSort(query, 'a', false).sort).toEqual([]);
  });

  test('with shift adds a column, and turns it where it stands', () => {
    let query = toggleSort(toggleSort(WHOLE, 'a', false), 'b', true);
    expect(nameOf(query)).toBe('sort=a%2Cb');
    query = toggleSort(query, 'a', true);
    expect(nameOf(query)).toBe('sort=-a%2Cb');
    query = toggleSort(query, 'a', true);
    expect(nameOf(query)).toBe('sort=b');
    expect(nameOf(toggleSort(query, 'c', false))).toBe('sort=c');
  });

  test('of one of several columns leaves the others as they are', () => {
    let query = toggleSort(read('sort=a,b'), 'a', false);
    expect(nameOf(query)).toBe('sort=-a%2Cb');
    query = toggleSort(query, 'a', false);
    expect(nameOf(query)).toBe('sort=b');
    expect(nameOf(toggleSort(query, 'b', false))).toBe('sort=-b');
  });

  test('from the menu says the direction itself', () => {
    const query = sortBy(read('sort=b,-a'), 'a', false);
    expect(nameOf(query)).toBe('sort=a');
    expect(sortBy(query, 'a', null).sort).toEqual([]);
  });
});

describe('filters', () => {
  const range = [
    { key: 'a', operator: 'gte', value: '1' },
    { key: 'a', operator: 'lt', value: '2' },
  ] as const;

  test('of one column are replaced where they stand', () => {
    const query = read('b__eq=1&a__eq=9&c__eq=3');
    expect(nameOf(filterBy(query, 'a', range))).toBe('b__eq=1&a__gte=1&a__lt=2&c__eq=3');
    expect(nameOf(filterBy(query, 'a', []))).toBe('b__eq=1&c__eq=3');
    expect(nameOf(filterBy(query, 'd', range))).toBe('b__eq=1&a__eq=9&c__eq=3&a__gte=1&a__lt=2');
  });

  test('of a bar go when the bar is clicked again', () => {
    const query = toggleFilters(WHOLE, 'a', range);
    expect(isFiltered(query, 'a', range)).toBe(true);
    expect(isWhole(toggleFilters(query, 'a', range))).toBe(true);
  });

  test('are dropped one by one', () => {
    const query = read('a__gte=1&a__lt=2');
    expect(nameOf(without(query, query.filters.slice(0, 1)))).toBe('a__lt=2');
  });
});

test('a table answers what it has columns for, and says what it cannot', () => {
  const query = read('a__contains=x&b__eq=1&c__contains=1&q=y&sort=a,-gone');
  const { query: asked, lost, lostSort } = answerable(query, [column('a'), column('c', 'integer')]);
  expect(nameOf(asked)).toBe('a__contains=x&q=y&sort=a');
  expect(lost.map(({ key }) => key)).toEqual(['b', 'c']);
  expect(lostSort).toEqual([{ key: 'gone', descending: true }]);
});
