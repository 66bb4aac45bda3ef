import { describe, expect, test } from 'vitest';

import { clampWidth, fitting, layOut, spread, textUnits, visibleColumns } from './columns';

describe('column widths', () => {
  test('grow with the content and stop at a readable limit', () => {
    const short = fitting({ name: 'id' }, ['1', '2', '3']);
    const long = fitting({ name: 'id' }, ['a longer piece of text']);
    const endless = fitting({ name: 'id' }, ['x'.repeat(5_000)]);
    expect(short.usual).toBeLessThan(long.usual);
    expect(endless.usual).toBe(380);
  });

  test('do not follow one outlier among many cells', () => {
    const cells = [...Array.from({ length: 99 }, () => 'ten chars.'), 'x'.repeat(79)];
    const { usual, whole } = fitting({ name: 'id' }, cells);
    expect(usual).toBeLessThan(120);
    expect(whole).toBeGreaterThan(600);
  });

  test('show all of a long header where there is room for it', () => {
    const { usual, whole } = fitting({ name: 'Montgomery GI Bill - Selective Reserve' }, ['1']);
    expect(whole).toBeGreaterThan(usual);
  });

  test('take the room that is left, the least cut first, and no more than they need', () => {
    const fits = [
      { usual: 100, whole: 400 },
      { usual: 100, whole: 110 },
      { usual: 100, whole: 100 },
    ];
    expect(spread(fits, 290)).toEqual([100, 100, 100]);
    expect(spread(fits, 360)).toEqual([150, 110, 100]);
    expect(spread(fits, 2_000)).toEqual([400, 110, 100]);
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
