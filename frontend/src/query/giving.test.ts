import { describe, expect, test } from 'vitest';

import { exportUrl, FORMATS, LANGUAGES, snippet, type Giving } from './giving';
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

test('no snippet can be broken out of by what was asked', () => {
  for (const format of FORMATS) {
    for (const language of LANGUAGES) {
      const text = snippet(language, { ...giving, format });
      const url = /https:[^'"]*/.exec(text)?.[0] ?? '';
      expect(url).toBe(exportUrl({ ...giving, format }));
      expect(url).toMatch(/^[\w:/.?&=%+*-]+$/);
    }
  }
});
