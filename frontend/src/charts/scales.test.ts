import { describe, expect, test } from 'vitest';

import {
  brokenPath,
  cutTo,
  dotsPath,
  everyFor,
  linear,
  linePath,
  rangeOf,
  roundStep,
  ticksOf,
  widthOf,
} from './scales';

describe('axes', () => {
  test.each([
    [100, 5, 20],
    [90, 10, 10],
    [0.7, 7, 0.1],
    [3, 2, 2],
    [1e9, 4, 5e8],
  ])('a range of %d in at most %d steps has steps of %d', (range, most, step) => {
    expect(roundStep(range, most)).toBeCloseTo(step, 12);
  });

  test('ticks are round, within the range, and written as people write them', () => {
    expect(ticksOf(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf(-13, 27, 4)).toEqual([-10, 0, 10, 20]);
    expect(ticksOf(5, 5, 4)).toEqual([5]);
    expect(ticksOf(0, 1e-20, 2)).toHaveLength(3);
  });

  test('bars stand on zero, a line may lie far from it', () => {
    expect(rangeOf([102, 118], true, 5)).toEqual([0, 150]);
    expect(rangeOf([102, 118], false, 5)).toEqual([100, 120]);
    expect(rangeOf([-4, 9], true, 5)).toEqual([-5, 10]);
    expect(rangeOf([], true, 5)).toEqual([0, 1]);
    expect(rangeOf([7], false, 5)).toEqual([0, 8]);
    expect(rangeOf([-7], true, 5)[1]).toBe(0);
    expect(rangeOf([0, 0], true, 5)).toEqual([0, 1]);
  });

  test('a scale leads from values to pixels, downwards too', () => {
    const up = linear([0, 10], 200, 0);
    expect([up(0), up(5), up(10)]).toEqual([200, 100, 0]);
    expect(linear([3, 3], 0, 100)(3)).toBe(0);
  });

  test('names stand apart', () => {
    expect(everyFor([20, 30], 50, [1, 2, 5])).toBe(1);
    expect(everyFor([20, 90], 50, [1, 2, 5])).toBe(5);
    expect(everyFor([100], 1, [1, 2, 5])).toBe(114);
  });
});

describe('text in pictures', () => {
  test('has about the width it will have', () => {
    expect(widthOf('東京')).toBe(24);
    expect(widthOf('iii')).toBeLessThan(widthOf('MMM'));
  });

  test('is cut with a sign, never in the middle of a letter', () => {
    expect(cutTo('Oslo', 100)).toBe('Oslo');
    const cut = cutTo('a very long name indeed', 80);
    expect(cut.endsWith('…')).toBe(true);
    expect(widthOf(cut)).toBeLessThanOrEqual(80);
    expect(cutTo('😀😀😀😀😀', 30)).toMatch(/^😀*…$/u);
  });
});

describe('paths', () => {
  test('a line is broken where there is no value', () => {
    const points = [{ x: 0, y: 1 }, { x: 1, y: 2 }, null, { x: 3, y: 4 }];
    expect(linePath(points)).toBe('M0.0 1.0L1.0 2.0M3.0 4.0');
    expect(dotsPath(points)).toBe('M0.0 1.0h0M1.0 2.0h0M3.0 4.0h0');
  });

  test('a bar that has no room is visibly cut', () => {
    expect(brokenPath(0, 0, 100, 10).match(/M/g)).toHaveLength(2);
  });
});
