import { describe, expect, test } from 'vitest';

import { placeOf } from './placing';

const window = { width: 1280, height: 800 };
const size = { width: 336, height: 600 };
const at = (left: number, width = 100) => ({ left, right: left + width, top: 170, bottom: 206 });

describe('the panel of a column', () => {
  test.each([
    ['to the right of it', at(300), 404],
    ['to the left of it at the right edge', at(1_000), 660],
    ['where it is cut by the edge', at(1_200, 300), 860],
  ])('stands beside it: %s', (_, anchor, left) => {
    expect(placeOf(anchor, size, window, true)).toEqual({ left, top: 170 });
  });

  test('stands below it where there is no room beside', () => {
    const phone = { width: 390, height: 844 };
    expect(placeOf(at(100), size, phone, true)).toEqual({ left: 50, top: 210 });
  });

  test('stands below what is no column, within the window', () => {
    expect(placeOf(at(830), size, window, false)).toEqual({ left: 830, top: 196 });
    expect(placeOf(at(1_100), { width: 336, height: 900 }, window, false)).toEqual({
      left: 940,
      top: 4,
    });
  });
});
