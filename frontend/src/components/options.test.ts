import { describe, expect, test } from 'vitest';

import page from '../../../docs/reading.md?raw';
import { ENCODINGS, formOf, furtherTables, optionsOf, sampleBytes, sheetsOf } from './options';

const EVERYTHING = { encoding: 'cp1252', delimiter: ';', quote: "'", header_row: 4, sheet: 'May' };

test('every encoding that detection can choose can be chosen', () => {
  const told = page
    .split('## Which encoding')[1]
    ?.split('\n## ')[0]
    ?.split('What can be guessed:')[1];
  const names = [...(told ?? '').matchAll(/`(\w+)`/g)].map((found) => found[1]);
  expect(names.length).toBeGreaterThan(25);
  expect(
    names.filter((name) => !(ENCODINGS as readonly (string | undefined)[]).includes(name)),
  ).toEqual([]);
});

describe('the reading options', () => {
  test.each([
    {},
    EVERYTHING,
    { quote: '' },
    { header_row: 0 },
    { header_row: '2-4' },
    { delimiter: '\t' },
    { delimiter: '¦' },
  ])('come back from the form as they were: %o', (options) => {
    expect(optionsOf(formOf(options))).toEqual(options);
  });

  test.each(['x', '99999999', '4-2', '0-1', '1-99', '1-2-3', '-1'])(
    'leave out what makes no sense as a line: %s',
    (headerRow) => {
      expect(optionsOf({ ...formOf({}), headerRow })).toEqual({});
    },
  );

  test('take a range as people write it', () => {
    expect(optionsOf({ ...formOf({}), headerRow: '2 - 4' })).toEqual({ header_row: '2-4' });
  });
});

describe('a preview', () => {
  test('needs the start of a text, and the whole of anything else', () => {
    const start = 4 * 1024 * 1024;
    expect(sampleBytes({ format: 'delimited' }, 'a.csv', 1e9)).toBe(start);
    expect(sampleBytes(null, 'a.txt', 1e9)).toBe(start);
    expect(sampleBytes({ format: 'xlsx' }, 'a.xlsx', 1e6)).toBeGreaterThan(1e6);
    expect(sampleBytes({ format: 'xlsx' }, 'a.xlsx', 1e9)).toBeNull();
    expect(sampleBytes(null, 'a.csv.gz', 1e9)).toBeNull();
  });

  test('offers the tables that were announced and not read', () => {
    const place = { first_line: 5, last_line: 9, confidence: 0.9 };
    const further_tables = [
      { ...place, header_row: 6 },
      { ...place, header_row: null, sheet: 'May' },
    ];
    expect(furtherTables({ further_tables })).toEqual([
      { line: 6, sheet: null },
      { line: 5, sheet: 'May' },
    ]);
    expect(furtherTables({})).toEqual([]);
    expect(furtherTables(null)).toEqual([]);
  });

  test('offers hidden and empty sheets too', () => {
    const sheets = { read: [{ name: 'May' }], hidden: ['Old'], empty: ['Sheet3'] };
    expect(sheetsOf({ sheets })).toEqual(['May', 'Old', 'Sheet3']);
    expect(sheetsOf({ sheets: { hidden: [] } })).toEqual([]);
    expect(sheetsOf(null)).toEqual([]);
  });
});
