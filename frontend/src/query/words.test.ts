import { expect, test } from 'vitest';

import type { Column } from '../api/types';
import { readQuery } from './rows';
import { sayings } from './words';

const columns: Column[] = (
  [
    ['amount', 'Amount', 'number'],
    ['region', 'Region', 'text'],
    ['day', 'Day', 'date'],
    ['paid', 'Paid', 'boolean'],
  ] as const
).map(([key, name, type]) => ({
  key,
  name,
  type,
  nulls: 0,
  generated: false,
}));

function said(search: string): string[] {
  return sayings(readQuery(new URLSearchParams(search)), columns).map(({ text }) => text);
}

test('a filter is said by the name of its column and the type of its values', () => {
  expect(said('region__contains=nor&amount__gte=5&day__gte=2026-01-01&paid__eq=true')).toEqual([
    'Region contains “nor”',
    'Amount at least 5',
    'Day from 2026-01-01',
    'Paid is true',
  ]);
  expect(said('region__isnull=true&amount__isnull=false')).toEqual([
    'Region is empty',
    'Amount is not empty',
  ]);
});

test('both ends of a range are one', () => {
  expect(said('amount__lt=10&region__eq=north&amount__gte=5')).toEqual([
    'Amount from 5 to below 10',
    'Region is “north”',
  ]);
  expect(said('amount__gte=5&amount__gte=6')).toEqual(['Amount at least 5', 'Amount at least 6']);
});

test('an order of text is said, since “10” comes before “9” in it', () => {
  expect(said('region__gte=5')).toEqual(['Region at least “5”, as text']);
  expect(said('region__gte=5&region__lt=7')).toEqual(['Region from 5 to below 7, as text']);
});

test('a column that is gone is said by its key', () => {
  expect(said('gone__ne=1')).toEqual(['gone is not “1”']);
});
