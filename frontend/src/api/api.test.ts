import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { noteInAddress, pageAt, readAddress } from '../address.svelte';
import { AS_IN_FILE } from '../query/layout';
import { readQuery, WHOLE } from '../query/rows';
import { getRows, getShare } from './client';
import { ApiError, problemFrom } from './problem';
import { remarksOf } from './report';
import { adoptTokenFromAddress, credentials, editLink, editToken, keepEditToken } from './rights';

let asked: Request[];

function answering(answer: () => Response | Promise<Response>): void {
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(request);
    return Promise.resolve(answer());
  });
}

beforeEach(() => {
  asked = [];
  localStorage.clear();
  history.replaceState(null, '', '/s/abc');
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the client', () => {
  test('turns a problem document into an ApiError', async () => {
    answering(() =>
      Response.json(
        { type: 'about:blank', title: 'There is nothing here', code: 'not_found', detail: 'No.' },
        { status: 404, headers: { 'Content-Type': 'application/problem+json' } },
      ),
    );
    const error = await getShare('abc').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 404, code: 'not_found', message: 'No.' });
  });

  test('says so when nobody answers', async () => {
    answering(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(getShare('abc')).rejects.toMatchObject({ status: 0, temporary: true });
  });

  test('sends the edit token of that share, and of no other', async () => {
    keepEditToken('abc', 'secret');
    answering(() => Response.json({}));
    await getShare('abc');
    await getShare('def');
    expect(asked.map((request) => request.headers.get('Authorization'))).toEqual([
      'Bearer secret',
      null,
    ]);
  });

  test('asks for pinned rows, as they were written, without credentials', async () => {
    keepEditToken('abc', 'secret');
    answering(() => Response.json({ rows: [['1', null]] }));
    const request = { shareId: 'abc', revision: 7, sheetIndex: 0, offset: 200, limit: 100 };
    const query = [
      ['a__gte', '1'],
      ['a__gte', '2'],
    ] as const;
    const page = await getRows(
      { ...request, columns: ['a', '売上高'], query },
      new AbortController().signal,
    );
    expect(page.rows).toEqual([['1', null]]);
    const url = new URL(asked[0]?.url ?? '');
    expect(url.searchParams.getAll('a__gte')).toEqual(['1', '2']);
    url.searchParams.delete('a__gte');
    expect(url.pathname).toBe('/api/v1/shares/abc/revisions/7/rows');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      sheet_index: '0',
      offset: '200',
      limit: '100',
      shape: 'arrays',
      values: 'text',
      columns: 'a,売上高',
    });
    expect(asked[0]?.headers.has('Authorization')).toBe(false);
  });
});

describe('a refusal without a problem document', () => {
  test('still makes an error a person can read', () => {
    const error = problemFrom(502, 'Bad Gateway', '<html>');
    expect(error).toMatchObject({ code: 'http_502', title: 'Bad Gateway', temporary: true });
  });
});

describe('edit links', () => {
  test('are taken from the fragment, kept, and cleared from the address bar', () => {
    history.replaceState(null, '', '/s/abc?row=5#edit=tok%2Ben');
    adoptTokenFromAddress('abc');
    expect(editToken('abc')).toBe('tok+en');
    expect(location.pathname + location.search + location.hash).toBe('/s/abc?row=5');
    expect(credentials('abc')).toEqual({ Authorization: 'Bearer tok+en' });
    expect(editLink('abc')).toBe(`${location.origin}/s/abc#edit=tok%2Ben`);
  });

  test('leave other fragments alone', () => {
    history.replaceState(null, '', '/s/abc#top');
    adoptTokenFromAddress('abc');
    expect(location.hash).toBe('#top');
    expect(editLink('abc')).toBeNull();
  });
});

describe('the address', () => {
  test('names one of two pages', () => {
    expect(pageAt('/')).toEqual({ name: 'home' });
    expect(pageAt('/s/a-B_9')).toEqual({ name: 'share', id: 'a-B_9' });
    expect(pageAt('/s/')).toEqual({ name: 'unknown' });
    expect(pageAt('/s/a/b')).toEqual({ name: 'unknown' });
  });

  test('names a view: revision, sheet, question and row', () => {
    history.replaceState(null, '', '/s/abc?revision=3&row=0');
    expect(readAddress()).toEqual({
      sheet: null,
      row: 0,
      revision: 3,
      layout: AS_IN_FILE,
      query: WHOLE,
    });
    const query = readQuery(new URLSearchParams('a__eq=x&sort=-a'));
    const place = { sheet: 'May', row: 40, revision: 3, query, layout: AS_IN_FILE };
    noteInAddress(place);
    expect(location.search).toBe('?revision=3&sheet=May&a__eq=x&sort=-a&row=41');
    expect(readAddress()).toEqual(place);
    history.replaceState(null, '', '/s/abc');
    expect(readAddress().revision).toBeNull();
  });

  test('takes a step only where the back button should lead back', () => {
    const place = { sheet: null, row: 0, revision: null, query: WHOLE, layout: AS_IN_FILE };
    history.replaceState(null, '', '/s/abc');
    const { length } = history;
    noteInAddress({ ...place, row: 7 });
    expect(history.length).toBe(length);
    noteInAddress({ ...place, query: { ...WHOLE, search: 'x' } }, true);
    expect(history.length).toBe(length + 1);
  });
});

describe('a reading report', () => {
  const warning = {
    code: 'surplus_cells',
    count: 3,
    rows: [18, 240, 1003],
    detail: 'Extra cells.',
  };

  test('tells its remarks, with the sheet and the columns they are about', () => {
    const mixed = { code: 'mixed_types', count: 1, columns: ['amount'], sheet: 'May' };
    expect(remarksOf({ warnings: [warning, mixed] })).toEqual([
      { ...warning, columns: [], sheet: null },
      { ...mixed, rows: [], detail: 'mixed types' },
    ]);
  });

  test('is taken with care, whatever shape it has', () => {
    expect(remarksOf(null)).toEqual([]);
    expect(remarksOf({ warnings: 'none' })).toEqual([]);
    expect(remarksOf({ warnings: [{ code: 'odd_thing', rows: ['x'] }, 'text', {}] })).toEqual([
      { code: 'odd_thing', count: 0, rows: [], columns: [], detail: 'odd thing', sheet: null },
    ]);
  });
});
