import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Leaving } from './leaving.svelte';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('what was decided is done when its time is over, once', () => {
  const done = vi.fn();
  const leaving = new Leaving(done);
  leaving.begin(3);
  vi.advanceTimersByTime(2_000);
  expect(leaving.seconds).toBe(1);
  expect(done).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(done).toHaveBeenCalledTimes(1);
});

test('until then it can be taken back', () => {
  const done = vi.fn();
  const leaving = new Leaving(done);
  leaving.begin(3);
  leaving.undo();
  vi.advanceTimersByTime(60_000);
  leaving.now();
  expect(done).not.toHaveBeenCalled();
});

test('a page that is left does at once what was decided', () => {
  const done = vi.fn();
  const leaving = new Leaving(done);
  leaving.begin(3);
  leaving.now();
  vi.advanceTimersByTime(60_000);
  expect(done).toHaveBeenCalledTimes(1);
});
