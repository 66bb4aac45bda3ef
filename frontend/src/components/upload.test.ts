import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { editToken } from '../api/rights';
import { Speed } from './speed';
import { titleFrom, Upload } from './upload.svelte';

/** A stand-in for XMLHttpRequest that the test drives. */
class FakeRequest {
  static last: FakeRequest;
  upload: { onprogress?: (event: object) => void } = {};
  onload: () => void = () => undefined;
  onerror: () => void = () => undefined;
  onabort: () => void = () => undefined;
  status = 0;
  statusText = '';
  responseText = '';
  method = '';
  url = '';
  headers: Record<string, string> = {};
  body: unknown;

  constructor() {
    FakeRequest.last = this;
  }
  open(method: string, url: string): void {
    this.method = method;
    this.url = url;
  }
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  send(body: unknown): void {
    this.body = body;
  }
  abort(): void {
    this.onabort();
  }
  progress(loaded: number, total: number): void {
    this.upload.onprogress?.({ loaded, total, lengthComputable: true });
  }
  answer(status: number, body: object): void {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload();
  }
}

let requests: string[];
const file = new File(['x'.repeat(1000)], 'Ümsätze 2026.csv');

beforeEach(() => {
  requests = [];
  localStorage.clear();
  vi.stubGlobal('XMLHttpRequest', FakeRequest);
  vi.stubGlobal('fetch', (request: Request) => {
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    if (request.method === 'DELETE') return Promise.resolve(new Response(null, { status: 204 }));
    const share = { id: 'abc', edit_token: 'secret', revision: null };
    return Promise.resolve(Response.json(share, { status: 201 }));
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

async function untilSending(upload: Upload): Promise<void> {
  await vi.waitFor(() => {
    expect(upload.phase).toBe('sending');
  });
}

describe('an upload', () => {
  test('has its link before a byte of the file is sent', async () => {
    const upload = new Upload();
    void upload.start(file);
    await untilSending(upload);
    expect(requests).toEqual(['POST /api/v1/shares']);
    expect(upload.shareId).toBe('abc');
    expect(editToken('abc')).toBe('secret');
    expect(FakeRequest.last.url).toBe(
      '/api/v1/shares/abc/revisions?filename=%C3%9Cms%C3%A4tze%202026.csv',
    );
    expect(FakeRequest.last.headers.Authorization).toBe('Bearer secret');
    expect(FakeRequest.last.body).toBe(file);
  });

  test('tells how far it is and ends with the share', async () => {
    const upload = new Upload();
    const done = upload.start(file);
    await untilSending(upload);
    FakeRequest.last.progress(250, 1000);
    expect(upload.fraction).toBe(0.25);
    FakeRequest.last.progress(1000, 1000);
    expect(upload.phase).toBe('finishing');
    FakeRequest.last.answer(201, { number: 1 });
    expect(await done).toBe('abc');
    expect(upload.phase).toBe('idle');
  });

  test('takes its empty share away when it is cancelled', async () => {
    const upload = new Upload();
    const done = upload.start(file);
    await untilSending(upload);
    upload.cancel();
    expect(await done).toBeNull();
    await vi.waitFor(() => {
      expect(requests).toContain('DELETE /api/v1/shares/abc');
    });
    expect(upload.phase).toBe('idle');
  });

  test('never takes away a share that was there before', async () => {
    const upload = new Upload();
    void upload.start(file, 'abc');
    await untilSending(upload);
    upload.cancel();
    expect(requests).toEqual([]);
  });

  test('shows the server’s own words, and can be tried again with the same link', async () => {
    const upload = new Upload();
    const done = upload.start(file);
    await untilSending(upload);
    const problem = { code: 'payload_too_large', title: 'Too large', detail: 'At most 16 GB.' };
    FakeRequest.last.answer(413, problem);
    expect(await done).toBeNull();
    expect(upload.phase).toBe('failed');
    expect(upload.error?.title).toBe('Too large');
    expect(upload.error?.message).toBe('At most 16 GB.');
    const again = upload.retry();
    await untilSending(upload);
    FakeRequest.last.answer(201, { number: 1 });
    expect(await again).toBe('abc');
    expect(requests).toEqual(['POST /api/v1/shares']);
  });

  test('says when nobody answered', async () => {
    const upload = new Upload();
    const done = upload.start(file);
    await untilSending(upload);
    FakeRequest.last.onerror();
    expect(await done).toBeNull();
    expect(upload.error?.temporary).toBe(true);
  });
});

describe('the speed of an upload', () => {
  test('settles on a steady rate', () => {
    const speed = new Speed();
    let rate = 0;
    for (let second = 0; second <= 20; second += 1) rate = speed.add(second * 1e6, second * 1000);
    expect(rate).toBeCloseTo(1e6, 0);
  });

  test('does not jump with one quick burst', () => {
    const speed = new Speed();
    for (let second = 0; second <= 10; second += 1) speed.add(second * 1e6, second * 1000);
    expect(speed.add(10e6 + 5e6, 10_500)).toBeLessThan(3e6);
  });
});

describe('a title from a file name', () => {
  test.each([
    ['sales.csv', 'sales'],
    ['sales.2026.xlsx', 'sales.2026'],
    ['archive.csv.gz', 'archive'],
    ['.csv', '.csv'],
    ['no extension', 'no extension'],
    ['売上高.csv', '売上高'],
  ])('%s → %s', (name, title) => {
    expect(titleFrom(name)).toBe(title);
  });

  test('is never longer than a title may be', () => {
    expect(titleFrom(`${'x'.repeat(300)}.csv`)).toHaveLength(200);
  });
});
