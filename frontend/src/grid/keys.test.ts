import { describe, expect, test } from 'vitest';

import { moved } from './keys';

const bounds = { rows: 1_000, columns: 5, page: 20 };
const at = { row: 500, column: 2 };

describe('keys in the grid', () => {
  test.each([
    ['ArrowUp', false, { row: 499, column: 2 }],
    ['ArrowDown', false, { row: 501, column: 2 }],
    ['ArrowLeft', false, { row: 500, column: 1 }],
    ['ArrowRight', false, { row: 500, column: 3 }],
    ['ArrowDown', true, { row: 999, column: 2 }],
    ['PageDown', false, { row: 520, column: 2 }],
    ['PageUp', false, { row: 480, column: 2 }],
    ['Home', false, { row: 500, column: 0 }],
    ['End', false, { row: 500, column: 4 }],
    ['Home', true, { row: 0, column: 0 }],
    ['End', true, { row: 999, column: 4 }],
  ])('%s (ctrl: %s)', (key, far, expected) => {
    expect(moved(at, key, far, bounds)).toEqual(expected);
  });

  test('End at the last column goes to the last row', () => {
    expect(moved({ row: 3, column: 4 }, 'End', false, bounds)).toEqual({ row: 999, column: 4 });
    expect(moved({ row: 3, column: 0 }, 'Home', false, bounds)).toEqual({ row: 0, column: 0 });
  });

  test('never leave the table', () => {
    expect(moved({ row: 0, column: 0 }, 'ArrowUp', false, bounds)).toEqual({ row: 0, column: 0 });
    expect(moved({ row: 995, column: 4 }, 'PageDown', false, bounds)?.row).toBe(999);
  });

  test('do nothing in an empty table, and leave other keys alone', () => {
    expect(moved(at, 'ArrowDown', false, { ...bounds, rows: 0 })).toBeNull();
    expect(moved(at, 'a', false, bounds)).toBeNull();
  });
});
