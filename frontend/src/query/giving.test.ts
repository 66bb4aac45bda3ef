import { describe, expect, test } from 'vitest';

import type { Column } from '../api/types';
import { LANGUAGES, snippet } from './code';
import { exportUrl, FORMATS, type Giving } from './giving';
import { heldColumns } from './held';
import { readQuery } from './rows';

const giving: Giving = {
  origin: 'https://tables.example',
  shareId: 'abc',
  revision: null,
  format: 'csv',
  sheet: null,
  query: readQuery(new URLSearchParams('name__eq=O\'Hara "x"&sort=-amount&q=ørsted')),
  columns: null,
  raw: false,
};
const SEARCH = 'name__eq=O%27Hara+%22x%22&q=%C3%B8rsted&sort=-amount';

describe('an export', () => {
  test('is of exactly this view', () => {
    expect(exportUrl(giving)).toBe(`https://tables.example/s/abc.csv?${SEARCH}`);
    const pinned = { ...giving, revision: 7, format: 'parquet', sheet: 'May & June' } as const;
    expect(exportUrl(pinned)).toBe(
      `https://tables.example/s/abc/r/7.parquet?sheet=May+%26+June&${SEARCH}`,
    );
  });

  test('is raw only where a cell could be taken for a formula', () => {
    expect(exportUrl({ ...giving, raw: true })).toContain('raw=true');
    expect(exportUrl({ ...giving, raw: true, format: 'jsonl' })).not.toContain('raw');
  });
});

/** Columns of these types; `cells` are what each is written like. */
function held(
  types: Record<string, Column['type']>,
  cells: Record<string, string> = {},
  nulls = 1,
) {
  const columns = Object.entries(types).map(([name, type]): Column => ({
    key: name.toLowerCase(),
    name,
    type,
    nulls,
    generated: false,
  }));
  return heldColumns(columns, (index) => {
    const cell = cells[columns[index]?.name ?? ''];
    return cell === undefined ? [] : [cell];
  });
}

const NOTHING = held({});

test('no snippet can be broken out of by what was asked', () => {
  for (const format of FORMATS) {
    for (const language of LANGUAGES) {
      const text = snippet(language, { ...giving, format }, NOTHING);
      const url = /https:[^'"]*/.exec(text)?.[0] ?? '';
      const guarded = language !== 'curl' && (format === 'csv' || format === 'tsv');
      expect(url).toBe(exportUrl({ ...giving, format, raw: guarded }));
      expect(url).toMatch(/^[\w:/.?&=%+*-]+$/);
    }
  }
});

test('no snippet can be broken out of by the name of a column', () => {
  const evil = '"}); import os\n\\';
  for (const language of ['pandas', 'R'] as const) {
    const text = snippet(language, giving, held({ [evil]: 'text' }));
    expect(text).toContain('"\\"}); import os\\n\\\\"');
    expect(text).not.toContain('import os\n');
  }
});

describe('code that reads text', () => {
  const types = { Code: 'text', n: 'integer', ok: 'boolean', x: 'number', day: 'date' } as const;

  test('says which columns a program would guess wrong', () => {
    const text = snippet('pandas', giving, held(types, { day: '2024-01-31' }));
    expect(text).toContain('dtype={"Code": "string", "n": "Int64", "ok": "boolean"},\n');
    expect(text).toContain('parse_dates=["day"],\n    date_format="ISO8601",\n');
    expect(text).toContain('keep_default_na=False,\n    na_values=[""],\n)');
    const r = snippet('R', { ...giving, format: 'tsv' }, held(types, { day: '2024-01-31' }));
    expect(r).toContain('colClasses = c("Code" = "character", "day" = "Date"),\n');
    expect(r).toContain('na.strings = ""\n)');
  });

  test('leaves what it would guess right to it', () => {
    const text = snippet('pandas', giving, held({ n: 'integer', x: 'number' }, {}, 0));
    expect(text.split('\n').at(-1)).toMatch(/^table = pd\.read_csv\("[^"]*"\)$/);
    expect(snippet('R', giving, NOTHING)).not.toContain('colClasses');
  });

  test('takes as text what is written in the way of one country', () => {
    const cells = { x: '1.234,50', day: '31.12.2024' };
    const text = snippet('pandas', giving, held({ x: 'number', day: 'date' }, cells));
    expect(text).toContain('dtype={"x": "string", "day": "string"}');
    expect(text).not.toContain('parse_dates');
  });

  test('knows a number that is none', () => {
    const text = snippet('pandas', giving, held({ c: 'text', x: 'number' }, { x: 'NaN' }));
    expect(text).toContain('na_values=["", "NaN"]');
  });

  test('takes all as text where there are too many columns to be named', () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`c${String(i)}`, 'text']),
    );
    const columns = held(many as Record<string, 'text'>);
    expect(snippet('pandas', giving, columns)).toContain('    dtype=str,\n');
    expect(snippet('R', giving, columns)).toContain('colClasses = "character"');
    const alike = ['a', 'b'].map((key) => ({ key, name: 'x', type: 'text' }) as Column);
    expect(heldColumns(alike, () => []).columns).toBeNull();
  });
});
