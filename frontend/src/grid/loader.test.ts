import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { ApiError } from '../api/problem';
import { PageCache, type Rows } from './cache';
import { PageLoader, type PageAddress } from './loader';

interface Call {
  key: string;
  signal: AbortSignal;
  answer: (rows: Rows) => void;
  refuse: (error: Error) => void;
}

let calls: Call[];
let cache: PageCache;
let loader: PageLoader;
let arrivals: number;
let failures: ApiError[];

const pages = (...keys: string[]): PageAddress[] =>
  keys.map((key) => ({ key, offset: 0, limit: 100, columns: undefined }));
const asked = () => calls.map((call) => call.key);
const call = (key: string): Call => {
  const found = calls.findLast((one) => one.key === key);
  if (found === undefined) throw new Error(`${key} was not asked for`);
  return found;
};

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  arrivals = 0;
  failures = [];
  cache = new PageCache(1_000_000);
  loader = new PageLoader(
    cache,
    (address, signal) =>
      new Promise((answer, refuse) => {
        calls.push({ key: address.key, signal, answer, refuse });
      }),
    { arrived: () => (arrivals += 1), failed: (error) => failures.push(error) },
  );
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the page loader', () => {
  test('has at most three requests under way, the most wanted first', async () => {
    loader.want(pages('a', 'b', 'c', 'd', 'e'));
    expect(asked()).toEqual(['a', 'b', 'c']);
    call('b').answer([['1']]);
    await vi.runAllTimersAsync();
    expect(asked()).toEqual(['a', 'b', 'c', 'd']);
    expect(arrivals).toBe(1);
  });

  test('asks for nothing it has and for nothing twice', () => {
    cache.put('a', [['1']]);
    loader.want(pages('a', 'b'));
    loader.want(pages('a', 'b'));
    expect(asked()).toEqual(['b']);
  });

  test('aborts what is no longer wanted and drops its answer', async () => {
    loader.want(pages('a', 'b'));
    loader.want(pages('b'));
    expect(call('a').signal.aborted).toBe(true);
    call('a').answer([['late']]);
    await vi.runAllTimersAsync();
    expect(cache.has('a')).toBe(false);
    expect(arrivals).toBe(0);
  });

  test('asks again for a page that was aborted and is wanted once more', () => {
    loader.want(pages('a'));
    loader.want(pages('b'));
    loader.want(pages('a'));
    expect(asked()).toEqual(['a', 'b', 'a']);
  });

  test('waits while the table flies by and fetches where it comes to rest', async () => {
    for (const key of ['a', 'b', 'c']) {
      loader.want(pages(key), true);
      await vi.advanceTimersByTimeAsync(40);
    }
    expect(asked()).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(asked()).toEqual(['c']);
  });

  test('tries again, ever more slowly, while the server is away', async () => {
    loader.want(pages('a'));
    for (const wait of [500, 1000, 2000]) {
      call('a').refuse(new ApiError(503, 'unavailable', 'Away', ''));
      await vi.advanceTimersByTimeAsync(wait - 1);
      const before = calls.length;
      await vi.advanceTimersByTimeAsync(1);
      expect(calls.length).toBe(before + 1);
    }
    call('a').answer([['back']]);
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.has('a')).toBe(true);
    expect(failures).toHaveLength(3);
  });

  test('does not insist when it is refused for good', async () => {
    loader.want(pages('a'));
    call('a').refuse(new ApiError(404, 'not_found', 'Nothing here', ''));
    await vi.runAllTimersAsync();
    loader.want(pages('a'));
    expect(asked()).toEqual(['a']);
    expect(failures[0]?.code).toBe('not_found');
  });

  test('is silent once stopped', async () => {
    loader.want(pages('a'));
    loader.stop();
    call('a').answer([['late']]);
    loader.want(pages('b'));
    await vi.runAllTimersAsync();
    expect(asked()).toEqual(['a']);
    expect(arrivals).toBe(0);
  });
});
