import { expect, test } from 'vitest';

import { finderOf } from './search';

test('a cell is found whatever its case and accents', () => {
  const found = finderOf('ALESUND');
  expect(found?.('Port of Ålesund')).toBe(true);
  expect(found?.('Oslo')).toBe(false);
  expect(finderOf('')).toBeNull();
});
