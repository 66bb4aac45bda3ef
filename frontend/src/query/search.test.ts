import { expect, test } from 'vitest';

import { finderOf } from './search';

test('a cell is found whatever its case and accents', () => {
  const found = finderOf('ALESUND');
  expect(found?.('Port of Ålesund')).toBe(true);
  expect(found?.('Oslo')).toBe(false);
  expect(finderOf('')).toBeNull();
});

test('letters without an accent to take off are found by what people type for them', () => {
  expect(finderOf('brod')?.('Brød')).toBe(true);
  expect(finderOf('BRØD')?.('brod')).toBe(true);
  expect(finderOf('strasse')?.('Große Straße')).toBe(true);
});
