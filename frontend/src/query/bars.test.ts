import { describe, expect, test } from 'vitest';

import { barsOf, figuresOf, type Holding } from './bars';
import { nameOf, WHOLE } from './rows';

const holding = (more: Partial<Holding>): Holding => ({
  key: 'k',
  type: 'number',
  count: 10,
  nulls: 2,
  distinct: 5,
  min: 0,
  max: 10,
  ...more,
});

function asked(one: Holding): string[] {
  return barsOf(one).map(({ filters }) => nameOf({ ...WHOLE, filters }));
}

describe('bars', () => {
  test('of numbers end where the next one begins, and the last one holds its end', () => {
    const one = holding({ histogram: { edges: [0, 2.5, 5], counts: [3, 4] } });
    expect(asked(one)).toEqual(['k__gte=0&k__lt=2.5', 'k__gte=2.5&k__lte=5']);
    expect(barsOf(one).map(({ label }) => label)).toEqual(['0 – 2.5', '2.5 – 5']);
  });

  test('of whole numbers beyond 2^53 stay exact', () => {
    const edges = ['9007199254740993', '9007199254740994', '9007199254740996'];
    const one = holding({ type: 'integer', histogram: { edges, counts: [1, 1] } });
    expect(asked(one)).toEqual([
      'k__eq=9007199254740993',
      'k__gte=9007199254740994&k__lte=9007199254740996',
    ]);
  });

  test('of a single value ask for it', () => {
    expect(asked(holding({ histogram: { edges: [7.5, 7.5], counts: [9] } }))).toEqual([
      'k__eq=7.5',
    ]);
    const days = { edges: ['2026-01-01', '2026-01-02', '2026-01-03'], counts: [1, 2] };
    expect(asked(holding({ type: 'date', histogram: days }))).toEqual([
      'k__eq=2026-01-01',
      'k__eq=2026-01-02',
    ]);
  });

  test('of text ask for the value, or for its beginning where it is long', () => {
    const top = [
      { value: 'north', count: 5 },
      { value: 'long', value_length: 900, count: 1 },
    ];
    const one = holding({ type: 'text', top });
    expect(asked(one)).toEqual(['k__eq=north', 'k__startswith=long']);
    expect(barsOf(one)[1]?.label).toBe('long…');
  });

  test('of booleans are two, and of nothing none', () => {
    expect(asked(holding({ type: 'boolean', true: 3, false: 4 }))).toEqual([
      'k__eq=false',
      'k__eq=true',
    ]);
    expect(barsOf(holding({ histogram: null }))).toEqual([]);
  });
});

test('figures leave out what a type does not have', () => {
  const names = (one: Holding) => figuresOf(one, String).map(({ name }) => name);
  expect(names(holding({ type: 'text' }))).toEqual(['nulls', 'distinct', 'min', 'max']);
  const figures = figuresOf(holding({ mean: 1234.56789, std: null, quartiles: [1, 2, 3] }), String);
  expect(figures.find(({ name }) => name === 'mean')?.value).toBe('1,234.57');
  expect(figures.map(({ name }) => name)).not.toContain('std');
});

test.each([
  ['years', { min: 1999, max: 2013, count: 90, distinct: 9 }, '1999', '2013'],
  ['numbers that name rows', { min: 31001, max: 31185, count: 93, distinct: 93 }, '31001', '31185'],
  ['counts', { min: 1999, max: 31185, count: 93, distinct: 80 }, '1,999', '31,185'],
])('figures of %s are as people write them', (_, given, least, greatest) => {
  const figures = figuresOf(holding({ type: 'integer', ...given }), String);
  const value = (wanted: string) => figures.find(({ name }) => name === wanted)?.value;
  expect([value('min'), value('max')]).toEqual([least, greatest]);
});
