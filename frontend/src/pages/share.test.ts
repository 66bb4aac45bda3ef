import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { inside } from '../grid/view';
import { WHOLE } from '../query/rows';
import { ShareModel } from './share.svelte';

/** What the server would say now; null: it does not answer. */
interface World {
  head: number | null;
  latest: number;
  states: Record<number, 'processing' | 'ready' | 'failed'>;
  rows: Record<number, number>;
}

let world: World | null | 'gone';
let asked: string[];

function revision(number: number, now: World): object {
  const rows = now.rows[number] ?? 10;
  return {
    share: 'abc',
    number,
    state: now.states[number],
    filename: `${String(number)}.csv`,
    size: 10,
    progress: now.states[number] === 'processing' ? { rows, fraction: null } : null,
    failure: null,
    report: null,
    created_at: new Date().toISOString(),
    finished_at: new Date().toISOString(),
    // The sheet of a delimited file is named after the file: it differs from revision to revision.
    sheets: [
      { index: 0, name: String(number), rows, columns: [{ key: 'a', name: 'a', type: 'text' }] },
    ],
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  world = { head: 1, latest: 1, states: { 1: 'ready' }, rows: { 1: 10 } };
  vi.stubGlobal('fetch', (request: Request) => {
    const path = new URL(request.url).pathname.replace('/api/v1/shares/abc', '');
    asked.push(path);
    if (world === null) return Promise.reject(new TypeError('Failed to fetch'));
    if (world === 'gone') {
      return Promise.resolve(
        Response.json({ title: 'Nothing here', code: 'not_found' }, { status: 404 }),
      );
    }
    const rows = /^\/revisions\/(\d+)\/rows$/.exec(path);
    if (rows !== null) return Promise.resolve(Response.json({ rows: [[`r${rows[1] ?? ''}`]] }));
    const one = /^\/revisions\/(\d+)$/.exec(path);
    if (one?.[1] === '7') return Promise.resolve(Response.json({}, { status: 404 }));
    if (one !== null) return Promise.resolve(Response.json(revision(Number(one[1]), world)));
    const { head, latest } = world;
    return Promise.resolve(Response.json({ id: 'abc', title: 'T', head, latest, access: 'view' }));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a share', () => {
  test('shows its head with the rows already there', async () => {
    const model = new ShareModel('abc', null);
    await model.refresh();
    expect(model.standing).toBe('there');
    expect(model.view?.cell(0, 0)).toBe('r1');
    expect(model.news).toBe('');
  });

  test('follows a new head and says what has changed', async () => {
    const model = new ShareModel('abc', null);
    await model.refresh();
    world = { head: 2, latest: 2, states: { 2: 'ready' }, rows: { 2: 13 } };
    await model.refresh();
    expect(model.shown?.number).toBe(2);
    expect(model.view?.cell(0, 0)).toBe('r2');
    expect(model.table).toBe(0);
    expect(model.news).toBe('Revision 2, just now: 13 rows, 3 more. Here: 1 changed cell.');
  });

  test('stays where the reader has paused, and counts what comes', async () => {
    const model = new ShareModel('abc', null);
    await model.refresh();
    model.pause();
    world = { head: 3, latest: 3, states: { 3: 'ready' }, rows: { 3: 13 } };
    await model.refresh();
    expect(model.view?.cell(0, 0)).toBe('r1');
    expect([model.stays, model.newer, model.news]).toEqual([1, 2, '']);
    await model.pin(null);
    expect(model.view?.cell(0, 0)).toBe('r3');
    expect([model.stays, model.newer]).toEqual([null, 0]);
    expect(model.news).toMatch(/^Revision 3, just now: 13 rows, 3 more\./);
  });

  test('asks of the revision it has paused at', async () => {
    const model = new ShareModel('abc', null);
    await model.refresh();
    model.pause();
    world = { head: 2, latest: 2, states: { 2: 'ready' }, rows: {} };
    await model.refresh();
    await model.look(null, { ...WHOLE, sort: [{ key: 'a', descending: true }] });
    expect(model.view?.revision).toBe(1);
    expect(model.shown?.number).toBe(1);
  });

  test('stays with the revision that the address names', async () => {
    world = { head: 2, latest: 2, states: { 1: 'ready', 2: 'ready' }, rows: {} };
    const model = new ShareModel('abc', null, 1);
    await model.refresh();
    expect(model.shown?.number).toBe(1);
    world = { head: 3, latest: 3, states: { 1: 'ready', 3: 'ready' }, rows: {} };
    await model.refresh();
    expect(model.shown?.number).toBe(1);
    expect(model.view?.cell(0, 0)).toBe('r1');
    expect(model.news).toBe('');
  });

  test('keeps the old rows while a new revision is read, and when it failed', async () => {
    const model = new ShareModel('abc', null);
    await model.refresh();
    world = { head: 1, latest: 2, states: { 1: 'ready', 2: 'processing' }, rows: { 2: 5 } };
    await model.refresh();
    expect(model.latest).toMatchObject({ number: 2, state: 'processing', progress: { rows: 5 } });
    expect(model.view?.revision).toBe(1);
    world = { head: 1, latest: 2, states: { 1: 'ready', 2: 'failed' }, rows: {} };
    await model.refreshProgress();
    expect(model.latest?.state).toBe('failed');
    expect(model.view?.revision).toBe(1);
  });

  test('reads no more than the revision while only its progress moves', async () => {
    world = { head: null, latest: 1, states: { 1: 'processing' }, rows: { 1: 5 } };
    const model = new ShareModel('abc', null);
    await model.refresh();
    asked = [];
    world = { ...world, rows: { 1: 7 } };
    await model.refreshProgress();
    expect(asked).toEqual(['/revisions/1']);
    expect(model.latest?.progress?.rows).toBe(7);
  });

  test('asks again by itself when the server did not answer', async () => {
    const model = new ShareModel('abc', null);
    await model.refresh();
    world = null;
    await model.refresh();
    expect(model.standing).toBe('there');
    world = { head: 2, latest: 2, states: { 2: 'ready' }, rows: { 2: 10 } };
    await vi.advanceTimersByTimeAsync(1_000);
    expect(model.shown?.number).toBe(2);
    expect(model.complaint).toBe('');
  });

  test('tells a deleted share from one that never was', async () => {
    const model = new ShareModel('abc', null);
    await model.refresh();
    world = 'gone';
    await model.refresh();
    expect(model.standing).toBe('deleted');
    const other = new ShareModel('abc', null);
    await other.refresh();
    expect(other.standing).toBe('unknown');
  });

  test('tells a share that was deleted from a revision that never was', async () => {
    const model = new ShareModel('abc', null, 1);
    await model.refresh();
    world = 'gone';
    await model.refresh();
    expect(model.standing).toBe('deleted');
    world = { head: 1, latest: 1, states: { 1: 'ready' }, rows: {} };
    const other = new ShareModel('abc', null, 7);
    await other.refresh();
    expect(other.standing).toBe('unknown');
    expect(other.share).not.toBeNull();
  });

  test('runs once more, not many times more, when it is told to while it runs', async () => {
    const model = new ShareModel('abc', null);
    const first = model.refresh();
    for (let call = 0; call < 10; call += 1) void model.refresh();
    await first;
    expect(asked.filter((path) => path === '')).toHaveLength(2);
  });
});

describe('what is looked at', () => {
  const sheet = { index: 0, name: 's', rows: 100, columns: [] };
  test('moves into a table that has become shorter', () => {
    const pane = { rows: { first: 480, end: 500 }, columns: { first: 0, end: 3 } };
    expect(inside(pane, sheet).rows).toEqual({ first: 80, end: 100 });
    expect(inside({ ...pane, rows: { first: 0, end: 20 } }, sheet).rows).toEqual({
      first: 0,
      end: 20,
    });
  });
});
