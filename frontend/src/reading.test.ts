import { describe, expect, test } from 'vitest';

import page from '../../docs/reading.md?raw';
import { findingsOf, SENTENCES, sentenceOf } from './reading';

const remark = { code: 'surplus_cells', count: 3, rows: [], columns: [], detail: '', sheet: null };

describe('a remark', () => {
  test('says what happened, how often and where', () => {
    const rows = [18, 240, 1003];
    expect(sentenceOf({ ...remark, rows })).toBe(
      '3 rows had an extra cell; these are in columns of their own: lines 18, 240, 1,003',
    );
    expect(sentenceOf({ ...remark, count: 1, rows: [18] })).toMatch(/^1 row had .*: line 18$/);
  });

  test('tells how many lines it does not name', () => {
    const rows = Array.from({ length: 20 }, (_, row) => row + 1);
    expect(sentenceOf({ ...remark, count: 1500, rows })).toMatch(
      /^1,500 rows .*: lines 1, 2, 3, 4, 5, 6, 7, 8 and 1,492 more$/,
    );
  });

  test('names the sheet and the columns it is about', () => {
    const mixed = { code: 'mixed_types', count: 1, columns: ['amount'], sheet: 'May' };
    expect(sentenceOf({ ...remark, ...mixed })).toBe(
      'May: 1 column has numbers, days, yes/no or text mixed; all became text: column amount',
    );
  });

  test('of an unknown kind is told in the server’s words', () => {
    const odd = { code: 'odd_thing', count: 2, rows: [7, 9], detail: 'Odd things were kept.' };
    expect(sentenceOf({ ...remark, ...odd })).toBe('2 × Odd things were kept: lines 7, 9');
  });

  test.each([
    ['joined_headers', 2, '2 header rows were read as one; the names are joined: lines 7, 9'],
    [
      'repeated_header',
      1,
      'The header came again among the rows; it was left out there: lines 7, 9',
    ],
    ['repeated_header', 2, 'The header came again 2 times among the rows; it was left out there'],
    ['further_tables', 1, 'Another table stands below this one; only the first was read'],
    [
      'further_tables',
      2,
      '2 more tables stand below this one; only the first was read: lines 7, 9',
    ],
    ['footer', 1, '1 line of notes below the table was left out of it'],
    ['footer', 2, '2 lines of notes below the table were left out of it: lines 7, 9'],
    ['total_row', 1, 'The last row looks like a total; it was kept as a row'],
  ])('of %s is a plain sentence (%d)', (code, count, sentence) => {
    expect(sentenceOf({ ...remark, code, count, rows: [7, 9] })).toContain(sentence);
  });

  test('of what only the server can say is told in its words', () => {
    const detail = 'delay would be numbers but for 8,255 cells with “NA”.';
    const near = { code: 'nearly_typed', count: 8255, columns: ['delay'], detail };
    expect(sentenceOf({ ...remark, ...near })).toBe(
      'delay would be numbers but for 8,255 cells with “NA”',
    );
  });

  test('has a sentence for every code in docs/reading.md', () => {
    const table = page.split('### Warnings')[1]?.split('\n## ')[0] ?? '';
    const codes = [...table.matchAll(/^\| `(\w+)` \|/gm)].map((found) => found[1]);
    expect(codes.length).toBeGreaterThan(15);
    expect(codes.filter((code) => code === undefined || !(code in SENTENCES))).toEqual([]);
  });
});

describe('what was found out about a file', () => {
  const report = {
    format: 'delimited',
    engine: 'pyarrow',
    path: 'fast',
    compression: { value: 'gzip' },
    encoding: { value: 'utf-8', confidence: 1 },
    delimiter: { value: ';', confidence: 0.93 },
    quote: { value: '"', confidence: 1 },
    header: { rows: [4], generated: false, confidence: 0.99 },
    preamble: { lines: 3 },
    sheets: { hidden: [] },
  };

  test('is told phrase by phrase, with how sure it is', () => {
    expect(findingsOf(report, {})).toEqual([
      'delimited text in gzip',
      'UTF-8',
      'semicolon (93 % sure)',
      'double quotes',
      'header in line 4',
      '3 lines above it left out',
    ]);
  });

  test('tells apart what a person has said', () => {
    expect(findingsOf(report, { delimiter: ';' })).toContain('semicolon (as you said)');
  });

  test('names the sheets that are not shown', () => {
    const workbook = {
      format: 'xlsx',
      engine: 'openpyxl',
      path: 'tolerant',
      encoding: null,
      delimiter: null,
      header: { rows: [], generated: true, confidence: 1 },
      sheets: { hidden: ['Old', 'Older'], empty: ['Sheet3'], read: [] },
    };
    expect(findingsOf(workbook, {})).toEqual([
      'Excel workbook',
      'no header',
      'hidden sheets left out: Old, Older',
      'empty sheet left out: Sheet3',
      'read by openpyxl, the second reader',
    ]);
  });

  test('quotes the lines above the table', () => {
    const preamble = { lines: 3, texts: ['Number of Beneficiaries FY 2010', 'by state', 'draft'] };
    expect(findingsOf({ ...report, preamble }, {})).toContain(
      '3 lines above it left out: “Number of Beneficiaries FY 2010” “by state” …',
    );
  });

  test('names what stands below the table', () => {
    const tables = [
      { first_line: 12, last_line: 1040, header_row: 12, confidence: 0.9 },
      { first_line: 1050, last_line: 1050, header_row: null, confidence: 0.9 },
    ];
    const footer = {
      first_line: 1060,
      last_line: 1061,
      texts: ['Source: tax office', 'x'.repeat(99)],
    };
    const below = { ...report, further_tables: tables, footer };
    expect(findingsOf(below, {})).toContain('more tables in lines 12–1,040, 1,050');
    expect(findingsOf(below, {})).toContain(`below it: “Source: tax office” “${'x'.repeat(80)}…”`);
    const many = Array.from({ length: 9 }, () => tables[1]);
    expect(findingsOf({ ...report, further_tables: many }, {})).toContain(
      'more tables in lines 1,050, 1,050, 1,050, 1,050 and 5 more',
    );
    expect(findingsOf({ ...report, further_tables: [tables[0]] }, {})).toContain(
      'another table in lines 12–1,040',
    );
    const sheets = [{ ...tables[0], sheet: 'May' }];
    expect(findingsOf({ ...report, format: 'xlsx', further_tables: sheets }, {})).toContain(
      'another table in rows 12–1,040 of May',
    );
  });

  test('is nothing without a report, whatever shape it has', () => {
    expect(findingsOf(null, {})).toEqual([]);
    expect(findingsOf({ header: 'x', sheets: 3, format: 7 }, {})).toEqual([]);
  });
});
