import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Column } from '../api/types';
import { ShareModel } from '../pages/share.svelte';
import { readQuery, WHOLE, type RowQuery } from '../query/rows';
import { readAddress } from '../address.svelte';
import { Asker } from './asker.svelte';
import { holdingsOf } from './holdings.svelte';

/** A server with one share of two sheets; `amount` is there in revision 1 alone. */
interface Call {
  path: string;
  search: URLSearchParams;
  signal: AbortSignal;
}

let calls: Call[];
let head: number;
/** Questions that are answered only when they are let go. */
let held: Map<string, () => void>;
let refused: Record<string, string>;

const NAMES: Readonly<Record<number, readonly string[]>> = { 1: ['name', 'amount'], 2: ['name'] };

function columns(revision: number): Column[] {
  return (NAMES[revision] ?? []).map((key) => ({
    key,
    name: key,
    type: key === 'amount' ? 'number' : 'text',
    nulls: 0,
    generated: false,
  }));
}

function revision(number: number): object {
  const sheet = { rows: 1_000, columns: columns(number) };
  const sheets = [
    { index: 0, name: 'May', ...sheet },
    { index: 1, name: 'June', ...sheet },
  ];
  return {
    share: 'abc',
    number,
    state: 'ready',
    filename: 'a.xlsx',
    created_at: '2026-01-01T00:00:00Z',
    sheets,
  };
}

function page({ search, path }: Call): object {
  const total = search.has('q') || search.has('amount__gte') ? 40 : 1_000;
  const asked = [...search].filter(([name]) => name.includes('__') || name === 'sort');
  const mark = `${/revisions\/(\d+)/.exec(path)?.[1] ?? ''}:${asked.map((one) => one.join('=')).join('&')}`;
  const offset = Number(search.get('offset'));
  const count = Math.max(0, Math.min(Number(search.get('limit')), total - offset));
  const rows = Array.from({ length: count }, (_, row) => [`${mark}#${String(row + offset)}`, '1']);
  return { rows, total };
}

function answer(call: Call): Response {
  const { path, search } = call;
  if (path.endsWith('/summary')) {
    const keys = search.get('columns')?.split(',') ?? [];
    const holding = { type: 'text', count: 1, nulls: 0, distinct: 1, min: 'a', max: 'a' };
    return Response.json({ columns: keys.map((key) => ({ key, ...holding })) });
  }
  if (path.endsWith('/rows')) {
    const code = Object.entries(refused).find(([name]) => search.has(name))?.[1];
    if (code !== undefined) return Response.json({ title: 'No', code }, { status: 422 });
    return Response.json(page(call));
  }
  const number = /revisions\/(\d+)$/.exec(path)?.[1];
  if (number !== undefined) return Response.json(revision(Number(number)));
  return Response.json({ id: 'abc', title: 'T', head, latest: head, access: 'view' });
}

beforeEach(() => {
  calls = [];
  head = 1;
  held = new Map();
  refused = {};
  history.pushState(null, '', '/s/abc');
  vi.stubGlobal('fetch', (request: Request) => {
    const url = new URL(request.url);
    const call = { path: url.pathname, search: url.searchParams, signal: request.signal };
    calls.push(call);
    const name = [...held.keys()].find((one) => url.href.includes(one));
    if (name === undefined) return Promise.resolve(answer(call));
    return new Promise<Response>((resolve, reject) => {
      held.set(name, () => {
        resolve(answer(call));
      });
      request.signal.addEventListener('abort', () => {
        reject(new DOMException('aborted', 'AbortError'));
      });
    });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const ask = (search: string): RowQuery => readQuery(new URLSearchParams(search));

async function opened(): Promise<{ model: ShareModel; asker: Asker }> {
  const { sheet, revision: pinned, query } = readAddress();
  const model = new ShareModel('abc', sheet, pinned, query);
  await model.refresh();
  return { model, asker: new Asker(model) };
}

async function answered(model: ShareModel): Promise<void> {
  await vi.waitFor(() => {
    expect(model.asking).toBe(false);
  });
}

describe('a question', () => {
  test('is asked with the page, and the old rows stay until the new ones are there', async () => {
    const { model, asker } = await opened();
    held.set('sort=-name', () => undefined);
    asker.ask(ask('sort=-name'));
    expect(model.asking).toBe(true);
    expect(location.search).toBe('?sheet=May&sort=-name');
    expect(model.view?.cell(0, 0)).toBe('1:#0');
    held.get('sort=-name')?.();
    await answered(model);
    expect(model.view?.cell(0, 0)).toBe('1:sort=-name#0');
  });

  test('that narrows has its own number of rows', async () => {
    const { model, asker } = await opened();
    asker.ask(ask('amount__gte=5'));
    await answered(model);
    expect(model.view?.rows).toBe(40);
    asker.ask(WHOLE);
    await answered(model);
    expect(model.view?.rows).toBe(1_000);
  });

  test('is aborted by the next one, and what was answered is not asked again', async () => {
    const { model, asker } = await opened();
    held.set('amount__gte=1', () => undefined);
    asker.ask(ask('amount__gte=1'));
    asker.ask(ask('amount__gte=2'));
    await answered(model);
    expect(calls.find(({ search }) => search.get('amount__gte') === '1')?.signal.aborted).toBe(
      true,
    );
    expect(model.view?.cell(0, 0)).toBe('1:amount__gte=2#0');
    const before = calls.length;
    asker.ask(WHOLE);
    await answered(model);
    asker.ask(ask('amount__gte=2'));
    await answered(model);
    expect(calls.length).toBe(before);
  });

  test('that takes too long says so, and leads back to what is seen', async () => {
    const { model, asker } = await opened();
    refused = { sort: 'query_timeout' };
    asker.ask(ask('sort=name'));
    await answered(model);
    expect(model.refusal?.code).toBe('query_timeout');
    expect(model.view?.cell(0, 0)).toBe('1:#0');
    asker.ask(model.view?.query ?? ask('q=never'));
    await answered(model);
    expect(model.refusal).toBeNull();
    expect(location.search).toBe('?sheet=May');
  });

  test('of an address that cannot be answered leaves a way to the whole table', async () => {
    refused = { sort: 'unknown_column' };
    history.replaceState(null, '', '/s/abc?sort=name');
    const { model, asker } = await opened();
    expect(model.view).toBeNull();
    expect(model.refusal?.code).toBe('unknown_column');
    asker.ask(WHOLE);
    await vi.waitFor(() => {
      expect(model.view?.cell(0, 0)).toBe('1:#0');
    });
  });
});

describe('a new revision', () => {
  test('answers the same question, at the same place', async () => {
    history.replaceState(null, '', '/s/abc?sort=-name');
    const { model } = await opened();
    model.pane = () => ({ rows: { first: 500, end: 520 }, columns: { first: 0, end: 2 } });
    head = 2;
    await model.refresh();
    expect(model.view?.cell(510, 0)).toBe('2:sort=-name#510');
  });

  test('without a column that was asked about leaves that out, and says so', async () => {
    history.replaceState(null, '', '/s/abc?amount__gte=5&sort=-amount%2Cname');
    const { model, asker } = await opened();
    head = 2;
    await model.refresh();
    flushSync();
    expect(model.view?.cell(0, 0)).toBe('2:sort=name#0');
    expect(asker.unanswered?.lost.map(({ key }) => key)).toEqual(['amount']);
    expect(asker.unanswered?.lostSort.map(({ key }) => key)).toEqual(['amount']);
  });

  test('is not missed because something was asked while it was on its way', async () => {
    const { model, asker } = await opened();
    held.set('revisions/2/rows', () => undefined);
    head = 2;
    const following = model.refresh();
    await vi.waitFor(() => {
      expect(calls.at(-1)?.path).toContain('revisions/2/rows');
    });
    held.clear();
    asker.ask(ask('sort=name'));
    await following;
    await vi.waitFor(() => {
      expect(model.view?.revision).toBe(2);
      expect(model.view?.cell(0, 0)).toBe('2:sort=name#0');
    });
  });
});

describe('the back button', () => {
  test('takes a question back, and brings the reader to where it was asked', async () => {
    const { model, asker } = await opened();
    asker.note(120, 120);
    asker.ask(ask('sort=name'));
    await answered(model);
    expect(location.search).toBe('?sheet=May&sort=name');
    history.back();
    await vi.waitFor(() => {
      expect(location.search).toBe('?sheet=May&row=121');
    });
    asker.follow();
    await answered(model);
    expect(model.query).toEqual(WHOLE);
    expect(model.view?.start).toBe(120);
  });

  test('takes a search back as one step, however many letters it has', async () => {
    const { asker } = await opened();
    const { length } = history;
    for (const search of ['o', 'os', 'osl', 'oslo']) asker.ask({ ...WHOLE, search }, true);
    expect(history.length).toBe(length + 1);
    asker.written();
    asker.ask({ ...WHOLE, search: 'bergen' }, true);
    expect(history.length).toBe(length + 2);
  });

  test('leads back to the other sheet', async () => {
    history.replaceState(null, '', '/s/abc?sheet=May&q=x');
    const { model, asker } = await opened();
    const june = model.shown?.sheets[1];
    if (june === undefined) throw new Error('no second sheet');
    asker.choose(june);
    expect(location.search).toBe('?sheet=June');
    history.back();
    await vi.waitFor(() => {
      expect(location.search).toBe('?sheet=May&q=x');
    });
    asker.follow();
    await answered(model);
    expect(model.view?.sheet.name).toBe('May');
    expect(model.query.search).toBe('x');
  });
});

test('what columns hold is asked for those looked at, once, whatever the order of the rows', async () => {
  const { model, asker } = await opened();
  const holdings = holdingsOf(asker);
  const summaries = () => calls.filter(({ path }) => path.endsWith('/summary'));
  const unwant = holdings.want('name');
  await vi.waitFor(() => {
    expect(holdings.of('name')).toMatchObject({ key: 'name' });
  });
  expect(summaries().map(({ search }) => search.get('columns'))).toEqual(['name']);
  asker.ask(ask('sort=name'));
  await answered(model);
  expect(holdings.of('name')).toMatchObject({ key: 'name' });
  asker.ask(ask('q=x'));
  await answered(model);
  expect(holdings.of('name')).toBeUndefined();
  unwant();
  asker.ask(ask('amount__gte=5&q=x'));
  await answered(model);
  holdings.want('amount');
  await vi.waitFor(() => {
    expect(holdings.of('amount')).toBeDefined();
  });
  // Its own filter is left out: there is something beside it to choose.
  expect(summaries().at(-1)?.search.toString()).toBe('sheet_index=0&columns=amount&q=x');
});
