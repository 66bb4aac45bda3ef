import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Sheet } from '../api/types';
import { PageCache } from './cache';
import { TableView } from './view';

let asked: URL[];
/** Rows the server sends at once; more is page_too_large. */
let most: number;

beforeEach(() => {
  asked = [];
  most = 1_000;
  vi.stubGlobal('fetch', (request: Request) => {
    const url = new URL(request.url);
    asked.push(url);
    const number = (name: string): number => Number(url.searchParams.get(name));
    if (number('limit') > most) {
      const problem = { title: 'Too large', code: 'page_too_large', detail: 'Ask for less.' };
      return Promise.resolve(Response.json(problem, { status: 400 }));
    }
    const columns = url.searchParams.get('columns')?.split(',') ?? ['c0', 'c1', 'c2'];
    const rows = Array.from({ length: number('limit') }, (_, row) =>
      columns.map((column) => `${column} r${String(row + number('offset'))}`),
    );
    return Promise.resolve(Response.json({ rows }));
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function sheet(rows: number, columns: number): Sheet {
  return {
    index: 0,
    name: 's',
    rows,
    columns: Array.from({ length: columns }, (_, index) => ({
      key: `c${String(index)}`,
      name: `C${String(index)}`,
      type: 'text' as const,
      nulls: 0,
      generated: false,
    })),
  };
}

const pane = (first: number, end: number, left = 0, right = 3) => ({
  rows: { first, end },
  columns: { first: left, end: right },
});

describe('a view of a sheet', () => {
  test('has its cells once they are loaded, and asks once for a page', async () => {
    const view = new TableView('abc', 1, sheet(1_000, 3), new PageCache(1e6));
    expect(view.cell(150, 1)).toBeUndefined();
    await view.load(pane(90, 160));
    expect(view.cell(150, 1)).toBe('c1 r150');
    expect(asked.map((url) => url.searchParams.get('offset'))).toEqual(['0', '100']);
    await view.load(pane(90, 160));
    expect(asked).toHaveLength(2);
  });

  test('needs nothing for an empty sheet', async () => {
    await new TableView('abc', 1, sheet(0, 3), new PageCache(1e6)).load(pane(0, 60));
    expect(asked).toEqual([]);
  });

  test('asks only for the blocks of columns in sight when there are very many', async () => {
    const view = new TableView('abc', 1, sheet(1_000, 2_000), new PageCache(1e6));
    await view.load(pane(0, 40, 120, 135));
    expect(asked.map((url) => url.searchParams.get('columns')?.split(',').length)).toEqual([
      64, 64,
    ]);
    expect(view.cell(3, 130)).toBe('c130 r3');
    expect(view.cell(3, 500)).toBeUndefined();
  });

  test('never takes the rows of another revision for its own', async () => {
    const cache = new PageCache(1e6);
    await new TableView('abc', 1, sheet(100, 3), cache).load(pane(0, 40));
    expect(new TableView('abc', 2, sheet(100, 3), cache).cell(0, 0)).toBeUndefined();
  });

  test('asks for fewer rows where a page is too large for one answer', async () => {
    most = 10;
    const view = new TableView('abc', 1, sheet(1_000, 3), new PageCache(1e6));
    await view.load(pane(0, 25));
    expect(view.cell(24, 0)).toBe('c0 r24');
    expect(asked.map((url) => url.searchParams.get('limit'))).toEqual(['100', '10', '10', '10']);
  });

  test('gives up where even one row is too large', async () => {
    most = 0;
    const view = new TableView('abc', 1, sheet(1_000, 3), new PageCache(1e6));
    await expect(view.load(pane(0, 2))).rejects.toMatchObject({ code: 'page_too_large' });
  });
});
