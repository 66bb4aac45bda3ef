import { describe, expect, test } from 'vitest';

import { clampWidth, fittingWidth, layOut, textUnits, visibleColumns } from './columns';

describe('column widths', () => {
  test('grow with the content and stop at a readable limit', () => {
    const short = fittingWidth({ name: 'id' }, ['1', '2', '3']);
    const long = fittingWidth({ name: 'id' }, ['a longer piece of text']);
    const endless = fittingWidth({ name: 'id' }, ['x'.repeat(5_000)]);
    expect(short).toBeLessThan(long);
    expect(endless).toBe(380);
  });

  test('do not follow one outlier among many cells', () => {
    const cells = [...Array.from({ length: 99 }, () => 'ten chars.'), 'x'.repeat(79)];
    expect(fittingWidth({ name: 'id' }, cells)).toBeLessThan(120);
  });

  test('count fullwidth characters twice', () => {
    expect(textUnits('売上高')).toBe(6);
    expect(textUnits('abc')).toBe(3);
  });

  test('stay usable when dragged', () => {
    expect(clampWidth(3)).toBe(56);
    expect(clampWidth(120.4)).toBe(120);
  });
});

describe('visible columns', () => {
  const layout = layOut(Array.from({ length: 2_000 }, () => 100));

  test('are found anywhere among two thousand', () => {
    expect(visibleColumns(layout, 0, 350)).toEqual({ first: 0, end: 4 });
    expect(visibleColumns(layout, 150_050, 350)).toEqual({ first: 1500, end: 1504 });
    expect(visibleColumns(layout, 199_900, 350)).toEqual({ first: 1999, end: 2000 });
  });

  test('are none in a table without columns', () => {
    expect(visibleColumns(layOut([]), 0, 500)).toEqual({ first: 0, end: 0 });
  });
});
