import { describe, expect, test } from 'vitest';

import { PageCache, weigh } from './cache';

const page = (text: string) => [
  [text, null],
  [text, 1],
];
const BYTES = weigh(page('x'.repeat(100)));

function filled(): PageCache {
  const cache = new PageCache(3 * BYTES, 1);
  for (const key of ['a', 'b', 'c']) cache.put(key, page('x'.repeat(100)));
  return cache;
}

describe('the page cache', () => {
  test('lets go of the page used longest ago', () => {
    const cache = filled();
    cache.get('a');
    cache.put('d', page('x'.repeat(100)));
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.has(key))).toEqual(['a', 'c', 'd']);
  });

  test('never holds more bytes than it may', () => {
    const cache = filled();
    for (let index = 0; index < 50; index += 1) {
      cache.put(`k${String(index)}`, page('x'.repeat(100)));
      expect(cache.bytes).toBeLessThanOrEqual(3 * BYTES);
    }
  });

  test('counts a page once when it is put again', () => {
    const cache = filled();
    cache.put('a', page('x'.repeat(100)));
    expect(cache.bytes).toBe(3 * BYTES);
  });

  test('keeps what is in sight, though that may be more than the limit', () => {
    const cache = new PageCache(1);
    for (let index = 0; index < 50; index += 1) cache.put(`k${String(index)}`, page('x'));
    const kept = Array.from({ length: 50 }, (_, index) => cache.has(`k${String(index)}`));
    expect(kept.filter(Boolean).length).toBe(16);
    expect(kept.slice(-16).every(Boolean)).toBe(true);
  });

  test('keeps a page that is larger than everything allowed, alone', () => {
    const cache = filled();
    cache.put('huge', page('x'.repeat(100_000)));
    expect(cache.has('huge')).toBe(true);
    expect(cache.has('c')).toBe(false);
  });
});
