import { describe, expect, test } from 'vitest';

import { formatBytes, formatCount, formatTimeLeft, plural } from './numbers';
import { formatAgo } from './time';

describe('numbers for people', () => {
  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1_000, '1.00 KB'],
    [12_345, '12.3 KB'],
    [999_600, '1.00 MB'],
    [1_240_000, '1.24 MB'],
    [16 * 2 ** 30, '17.2 GB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test('counts have separators and the right word', () => {
    expect(formatCount(10_000_000)).toBe('10,000,000');
    expect(plural(1, 'row', 'rows')).toBe('1 row');
    expect(plural(1_204, 'row', 'rows')).toBe('1,204 rows');
  });

  test.each([
    [Number.NaN, ''],
    [1.2, 'almost there'],
    [12.2, '13 s left'],
    [95, '2 min left'],
    [7_500, '2 h 5 min left'],
  ])('%d seconds left is “%s”', (seconds, text) => {
    expect(formatTimeLeft(seconds)).toBe(text);
  });
});

describe('relative times', () => {
  const now = new Date('2026-05-10T12:00:00Z');
  test.each([
    ['2026-05-10T11:59:58Z', 'a moment ago'],
    ['2026-05-10T12:00:30Z', 'a moment ago'],
    ['2026-05-10T11:59:00Z', '1 minute ago'],
    ['2026-05-10T11:15:00Z', '45 minutes ago'],
    ['2026-05-10T11:00:10Z', '1 hour ago'],
    ['2026-05-09T12:00:00Z', 'yesterday'],
    ['2026-05-01T12:00:00Z', '9 days ago'],
    ['2025-04-01T12:00:00Z', 'last year'],
  ])('%s was %s', (time, text) => {
    expect(formatAgo(new Date(time), now)).toBe(text);
  });
});
