import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { handOver, ProvisionalRows, takeOver } from './rows.svelte';

const MIB = 1024 * 1024;
const SECOND = 1_000;

let asked: string[];
let answer: () => Response;
let rows: ProvisionalRows;
let visibility: DocumentVisibilityState;

function found(first: string[][], more: object = {}): Response {
  const column = { name: 'town', type: 'text', nulls: 0, generated: false };
  const columns = [column, column].map((one, index) => ({ ...one, key: `c${String(index)}` }));
  const sheet = { index: 0, name: 'towns', rows: first.length, columns, first_rows: first };
  const options = {};
  return Response.json({
    complete: false,
    options,
    report: {},
    failure: null,
    sheets: [sheet],
    ...more,
  });
}

function problem(status: number): Response {
  return Response.json({ title: 'No', code: 'no', detail: 'No.' }, { status });
}

function upload(sent: number, uploadId = 'u1') {
  return { shareId: 'abc', uploadId, sent };
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answer = () => found([['Oslo', '1']]);
  visibility = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return Promise.resolve(answer());
  });
  rows = new ProvisionalRows();
});

afterEach(() => {
  rows.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('the first rows of an upload', () => {
  test('are not asked for when it is over within a second', async () => {
    rows.watch(upload(10));
    await vi.advanceTimersByTimeAsync(0.9 * SECOND);
    rows.stop();
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(asked).toEqual([]);
  });

  test('are a table of what has come', async () => {
    rows.watch(upload(10));
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(asked).toEqual(['/api/v1/uploads/u1/rows']);
    expect(rows.view?.sheet).toMatchObject({ name: 'towns', rows: 1 });
    expect(rows.view?.cell(0, 0)).toBe('Oslo');
    expect(rows.view?.cell(1, 0)).toBeUndefined();
  });

  test('are asked for less and less often, and never twice in a second', async () => {
    answer = () => problem(409);
    const times: number[] = [];
    vi.stubGlobal('fetch', () => {
      times.push(Date.now());
      return Promise.resolve(answer());
    });
    for (let sent = 0; sent < 600; sent += 1) {
      rows.watch(upload(sent));
      await vi.advanceTimersByTimeAsync(0.1 * SECOND);
    }
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(SECOND);
    expect(times.length).toBeLessThan(15);
    expect(rows.view).toBeNull();
  });

  test('are not asked for again once nothing changes them', async () => {
    rows.watch(upload(3 * MIB));
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(asked).toHaveLength(1);
  });

  test('are asked for again while more of the beginning helps', async () => {
    rows.watch(upload(10));
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(asked.length).toBeGreaterThan(2);
  });

  test('stay while the upload rests, and nothing is asked meanwhile', async () => {
    rows.watch(upload(10));
    await vi.advanceTimersByTimeAsync(SECOND);
    rows.watch(null);
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(asked).toHaveLength(1);
    expect(rows.view).not.toBeNull();
    rows.watch(upload(20));
    await vi.advanceTimersByTimeAsync(10 * SECOND);
    expect(asked.length).toBeGreaterThan(1);
  });

  test('are not asked for while nobody looks', async () => {
    visibility = 'hidden';
    rows.watch(upload(10));
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(asked).toEqual([]);
    visibility = 'visible';
    await vi.advanceTimersByTimeAsync(10 * SECOND);
    expect(asked).not.toEqual([]);
  });

  test('are given up with the upload', async () => {
    answer = () => problem(410);
    rows.watch(upload(10));
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(asked).toHaveLength(1);
  });

  test('that cannot be read are not shown, and those shown stay', async () => {
    rows.watch(upload(10));
    await vi.advanceTimersByTimeAsync(SECOND);
    const before = rows.view;
    answer = () => found([], { failure: { code: 'corrupt_file', detail: 'No.' }, sheets: [] });
    await vi.advanceTimersByTimeAsync(10 * SECOND);
    expect(rows.view).toBe(before);
  });

  test('of another upload are begun anew', async () => {
    rows.watch(upload(3 * MIB));
    await vi.advanceTimersByTimeAsync(SECOND);
    rows.watch(upload(0, 'u2'));
    expect(rows.view).toBeNull();
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(asked).toEqual(['/api/v1/uploads/u1/rows', '/api/v1/uploads/u2/rows']);
  });

  test('that come too late are dropped', async () => {
    let settle: (late: Response) => void = () => undefined;
    vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (settle = resolve)));
    rows.watch(upload(10));
    await vi.advanceTimersByTimeAsync(SECOND);
    rows.stop();
    settle(found([['Oslo', '1']]));
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(rows.view).toBeNull();
  });

  test('are handed over to the page of their share, once', async () => {
    rows.watch(upload(3 * MIB));
    await vi.advanceTimersByTimeAsync(SECOND);
    const shown = rows.view;
    handOver('abc', rows);
    rows.stop();
    expect(takeOver('abc')?.view).toBe(shown);
    expect(takeOver('abc')).toBeNull();
    handOver('abc', rows);
    expect(takeOver('another')).toBeNull();
  });
});
