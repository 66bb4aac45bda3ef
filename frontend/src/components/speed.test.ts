import { describe, expect, test } from 'vitest';

import { Speed } from './speed';

describe('the speed of an upload', () => {
  test('settles on a steady rate', () => {
    const speed = new Speed();
    let rate = 0;
    for (let second = 0; second <= 20; second += 1) rate = speed.add(second * 1e6, second * 1000);
    expect(rate).toBeCloseTo(1e6, 0);
  });

  test('does not jump with one quick burst', () => {
    const speed = new Speed();
    for (let second = 0; second <= 10; second += 1) speed.add(second * 1e6, second * 1000);
    expect(speed.add(10e6 + 5e6, 10_500)).toBeLessThan(3e6);
  });
});
