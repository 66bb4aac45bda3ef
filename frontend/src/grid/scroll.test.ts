import { describe, expect, test } from 'vitest';

import {
  barOf,
  clampPlace,
  follow,
  lastPlace,
  LONGEST_SPACER,
  placeOf,
  reveal,
  spacerHeight,
  visibleRows,
} from './scroll';

const ROW = 28;
const small = { content: 1_000 * ROW, viewport: 600 };
const large = { content: 10_000_000 * ROW, viewport: 600 };

describe('a table that fits a browser', () => {
  test('scrolls natively', () => {
    expect(spacerHeight(small)).toBe(28_000);
    expect(barOf(1234, small)).toBe(1234);
    expect(placeOf(1234, small)).toBe(1234);
    expect(follow(0, 0, 20_000, small)).toBe(20_000);
  });

  test('fills its viewport even when it is shorter', () => {
    const tiny = { content: 56, viewport: 600 };
    expect(spacerHeight(tiny)).toBe(600);
    expect(lastPlace(tiny)).toBe(0);
    expect(clampPlace(100, tiny)).toBe(0);
  });
});

describe('ten million rows', () => {
  test('fit under the spacer every browser can make', () => {
    expect(spacerHeight(large)).toBe(LONGEST_SPACER);
    expect(LONGEST_SPACER).toBeLessThan(17_800_000);
  });

  test('are reachable at both ends', () => {
    expect(placeOf(0, large)).toBe(0);
    expect(placeOf(LONGEST_SPACER - large.viewport, large)).toBe(lastPlace(large));
    const end = visibleRows(lastPlace(large), large, ROW, 10_000_000, 0);
    expect(end.end).toBe(10_000_000);
  });

  test('move one to one under a wheel, anywhere', () => {
    for (const place of [0, 5_000, 140_000_000, lastPlace(large) - 5_000]) {
      const bar = barOf(place, large);
      expect(follow(place, bar, bar + 120, large)).toBe(place + 120);
    }
  });

  test('follow a dragged thumb in proportion', () => {
    const middle = LONGEST_SPACER / 2;
    const place = follow(0, 0, middle, large);
    expect(place / lastPlace(large)).toBeCloseTo(0.5, 3);
  });

  test('have a bar and a place that are each other’s inverse', () => {
    for (const place of [0, 99_999, 100_001, 7_777_777, 140_000_000, lastPlace(large) - 50]) {
      expect(placeOf(barOf(place, large), large)).toBeCloseTo(place, 3);
    }
  });

  test('never jump where the mapping changes its slope', () => {
    const before = placeOf(99_999, large);
    const after = placeOf(100_001, large);
    expect(after - before).toBeLessThan(100);
  });

  test('reach the very top by small steps, though the bar is nearly there already', () => {
    let place = 3_000;
    let bar = barOf(place, large);
    while (bar > 0) {
      const next = Math.max(0, bar - 100);
      place = follow(place, bar, next, large);
      bar = next;
    }
    expect(place).toBe(0);
  });
});

describe('bringing a row into view', () => {
  test('moves as little as possible', () => {
    expect(reveal(1000, 1100, ROW, small)).toBe(1000);
    expect(reveal(1000, 980, ROW, small)).toBe(980);
    expect(reveal(1000, 1590, ROW, small)).toBe(1018);
    expect(reveal(1000, 27_990, ROW, small)).toBe(lastPlace(small));
  });
});

describe('visible rows', () => {
  test('include a few more on both sides and stay inside the table', () => {
    expect(visibleRows(0, small, ROW, 1000, 4)).toEqual({ first: 0, end: 26 });
    expect(visibleRows(2800, small, ROW, 1000, 4)).toEqual({ first: 96, end: 126 });
    expect(visibleRows(0, { content: 0, viewport: 600 }, ROW, 0, 4)).toEqual({ first: 0, end: 0 });
  });
});
