import { describe, expect, test } from 'vitest';

import { titleFrom } from './upload.svelte';

describe('a title from a file name', () => {
  test.each([
    ['sales.csv', 'sales'],
    ['sales.2026.xlsx', 'sales.2026'],
    ['archive.csv.gz', 'archive'],
    ['.csv', '.csv'],
    ['no extension', 'no extension'],
    ['売上高.csv', '売上高'],
  ])('%s → %s', (name, title) => {
    expect(titleFrom(name)).toBe(title);
  });

  test('is never longer than a title may be', () => {
    expect(titleFrom(`${'x'.repeat(300)}.csv`)).toHaveLength(200);
  });
});
