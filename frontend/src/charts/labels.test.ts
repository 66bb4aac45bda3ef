import { describe, expect, test } from 'vitest';

import {
  digitsOfAll,
  numberLabels,
  periodLabels,
  phaseOf,
  sayMoment,
  sayPeriod,
  sayValue,
} from './labels';

describe('labels', () => {
  test('large integers keep every digit', () => {
    expect(sayValue('9007199254740993', 'sum')).toBe('9,007,199,254,740,993');
    expect(sayValue(100_209_972.91, 'sum')).toBe('100,209,972.91');
    expect(sayValue(1 / 3, 'mean')).toBe('0.333333');
    expect(sayValue(null, 'min')).toBe('–');
  });

  test('values beside each other have as many digits, unless that is too many', () => {
    expect(digitsOfAll([1.5, 2, null, 3.25])).toBe(2);
    expect(digitsOfAll([1 / 3, 2])).toBe(0);
    expect(sayValue(2, 'sum', 2)).toBe('2.00');
  });

  test('ticks beside each other are never written alike', () => {
    for (const values of [
      [10_000_000, 10_050_000, 10_100_000],
      [0, 0.0002, 0.0004],
      [1e20, 2e20],
      [-5, 0, 5],
    ]) {
      expect(new Set(numberLabels(values)).size).toBe(values.length);
    }
  });

  test('periods are said in full, and shortly beside an axis', () => {
    expect(sayPeriod('2024-11-01', '2024-12-01', 'month')).toBe('November 2024');
    expect(sayPeriod('2020-01-01', '2030-01-01', 'decade')).toMatch(/^2020\s–\s2029$/);
    expect(sayPeriod('2024-01-01', '2024-01-08', 'week')).toMatch(/^Jan 1\s–\s7, 2024$/);
    expect(periodLabels(['2024-11-01', '2024-12-01', '2025-01-01'], 'month')).toEqual([
      'Nov 2024',
      'Dec',
      'Jan 2025',
    ]);
    expect(phaseOf('2024-11-01', 'month', 3)).toBe(2);
  });

  test('a moment is said shortly within a period that is named beside it', () => {
    expect(sayMoment('2025-02-14T12:30:00', 'month')).toBe('Feb 14');
    expect(sayMoment('2025-02-14T12:30:00', 'day')).toMatch(/^12:30\sPM$/);
    expect(sayMoment('2025-02-14', 'decade')).toBe('Feb 14, 2025');
  });
});
