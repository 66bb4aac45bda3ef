import type { HttpRequest, HttpResponse, UploadOptions } from 'tus-js-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { editToken, keepEditToken } from '../api/rights';
import { lookAgainAfter, standings } from '../api/unfinished';
import { Upload } from './upload.svelte';

interface Answer {
  status: number;
  body: string;
}

/** A stand-in for the tus client that the test drives. */
class FakeTus {
  static last: FakeTus | undefined;
  url: string | null = null;
  did: string[] = [];
  readonly file: File;
  readonly options: UploadOptions;

  constructor(file: File, options: UploadOptions) {
    this.file = file;
    this.options = options;
    FakeTus.last = this;
  }
  start(): void {
    this.did.push('start');
  }
  abort(terminate = false): Promise<void> {
    this.did.push(terminate ? 'end' : 'abort');
    return Promise.resolve();
  }
  /** The server has made the place for the bytes. */
  begin(url = '/api/v1/uploads/u1'): void {
    const share = { id: 'abc' };
    const body = JSON.stringify({ upload: 'u1', share, edit_token: 'secret' });
    this.url = url;
    this.options.onAfterResponse?.(request('POST'), response({ status: 201, body }));
    this.options.onUploadUrlAvailable?.();
  }
  progress(sent: number, total: number): void {
    this.options.onProgress?.(sent, total);
  }
  finish(): void {
    this.options.onSuccess?.({ lastResponse: response({ status: 204, body: '' }) });
  }
  /** An answer that the client does not take; null: there was none. */
  refuse(answer: Answer | null): void {
    const originalResponse = answer === null ? null : response(answer);
    const error = Object.assign(new Error('refused'), { originalResponse });
    const again = this.options.onShouldRetry?.(error as never, 0, this.options) ?? false;
    if (!again) this.options.onError?.(error);
  }
}

function request(method: string): HttpRequest {
  return { getMethod: () => method } as HttpRequest;
}

function response({ status, body }: Answer): HttpResponse {
  return { getStatus: () => status, getBody: () => body } as HttpResponse;
}

vi.mock('tus-js-client', () => ({
  get Upload() {
    return FakeTus;
  },
}));

let requests: string[];
let arrived: number | 'gone' | null;
const file = new File(['x'.repeat(1000)], 'Ümsätze 2026.csv', { lastModified: 5 });

beforeEach(() => {
  requests = [];
  arrived = 400;
  FakeTus.last = undefined;
  localStorage.clear();
  vi.stubGlobal('fetch', (asked: Request) => {
    requests.push(`${asked.method} ${new URL(asked.url).pathname}`);
    if (asked.method === 'DELETE') return Promise.resolve(new Response(null, { status: 204 }));
    if (arrived === null) return Promise.reject(new TypeError('Failed to fetch'));
    if (arrived === 'gone') return Promise.resolve(Response.json({}, { status: 410 }));
    return Promise.resolve(Response.json({ offset: arrived, revision: null }));
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function untilSent(upload: Upload, before?: FakeTus): Promise<FakeTus> {
  return vi.waitFor(() => {
    expect(upload.phase).not.toBe('idle');
    const { last } = FakeTus;
    if (last === undefined || last === before) throw new Error('nothing is sent yet');
    return last;
  });
}

/** An upload whose file is under way, the client that sends it, and its end. */
async function underWay(shareId: string | null = null) {
  const before = FakeTus.last;
  const upload = new Upload();
  const done = upload.start(file, shareId);
  const tus = await untilSent(upload, before);
  tus.begin();
  return { upload, tus, done };
}

describe('an upload', () => {
  test('has its link before a byte of the file is sent', async () => {
    const { upload, tus } = await underWay();
    expect(upload.phase).toBe('sending');
    expect(upload.shareId).toBe('abc');
    expect(editToken('abc')).toBe('secret');
    expect(tus.file).toBe(file);
    expect(tus.options.endpoint).toBe('/api/v1/uploads');
    expect(tus.options.metadata).toEqual({ filename: 'Ümsätze 2026.csv', title: 'Ümsätze 2026' });
  });

  test('names the share it is a revision of, and shows its right to change it', async () => {
    keepEditToken('abc', 'mine');
    const { tus } = await underWay('abc');
    expect(tus.options.metadata).toEqual({ filename: 'Ümsätze 2026.csv', share: 'abc' });
    expect(tus.options.headers).toEqual({ Authorization: 'Bearer mine' });
  });

  test('tells how far it is and ends with the share', async () => {
    const { upload, tus, done } = await underWay();
    tus.progress(250, 1000);
    expect(upload.fraction).toBe(0.25);
    tus.progress(1000, 1000);
    expect(upload.phase).toBe('finishing');
    tus.finish();
    expect(await done).toBe('abc');
    expect(upload.phase).toBe('idle');
    expect(await standings(null)).toEqual([]);
  });

  test('pauses, and goes on from there', async () => {
    const { upload, tus } = await underWay();
    tus.progress(250, 1000);
    upload.pause();
    expect(upload.phase).toBe('paused');
    upload.resume();
    expect(upload.phase).toBe('sending');
    expect(tus.did).toEqual(['start', 'abort', 'start']);
  });

  test('waits for a connection that is gone, and hears when it is back', async () => {
    const { upload, tus } = await underWay();
    tus.refuse(null);
    expect(upload.stalled).toBe(true);
    expect(upload.phase).toBe('sending');
    upload.nudge();
    expect(tus.did).toEqual(['start', 'abort', 'start']);
    tus.progress(300, 1000);
    expect(upload.stalled).toBe(false);
  });

  test('takes its empty share away when it is cancelled', async () => {
    const { upload, tus } = await underWay();
    upload.cancel();
    expect(tus.did).toContain('end');
    await vi.waitFor(() => {
      expect(requests).toContain('DELETE /api/v1/shares/abc');
    });
    expect(upload.phase).toBe('idle');
    expect(await standings(null)).toEqual([]);
  });

  test('takes it away too when it was cancelled before it was there', async () => {
    const upload = new Upload();
    void upload.start(file);
    const tus = await untilSent(upload);
    upload.cancel();
    tus.begin();
    await vi.waitFor(() => {
      expect(requests).toContain('DELETE /api/v1/shares/abc');
    });
  });

  test('does not take what was cancelled for what comes after it', async () => {
    const upload = new Upload();
    void upload.start(file);
    const cancelled = await untilSent(upload);
    upload.cancel();
    void upload.start(new File(['y'], 'other.csv'), 'xyz');
    await untilSent(upload, cancelled);
    cancelled.begin();
    await vi.waitFor(() => {
      expect(requests).toContain('DELETE /api/v1/shares/abc');
    });
    expect(upload.shareId).toBe('xyz');
    expect(upload.phase).toBe('making');
  });

  test('never takes away a share that was there before', async () => {
    const { upload, tus } = await underWay('abc');
    upload.cancel();
    expect(tus.did).toContain('end');
    expect(requests).toEqual([]);
  });

  test('shows the server’s own words, and can be tried again', async () => {
    const upload = new Upload();
    const done = upload.start(file);
    const first = await untilSent(upload);
    const problem = { code: 'payload_too_large', title: 'Too large', detail: 'At most 16 GB.' };
    first.refuse({ status: 413, body: JSON.stringify(problem) });
    expect(await done).toBeNull();
    expect(upload.phase).toBe('failed');
    expect(upload.error?.title).toBe('Too large');
    expect(upload.error?.message).toBe('At most 16 GB.');
    const again = upload.retry();
    const second = await untilSent(upload, first);
    second.begin();
    second.finish();
    expect(await again).toBe('abc');
  });

  test('says when nobody answered for a long time', async () => {
    const { upload, tus, done } = await underWay();
    tus.options.onError?.(Object.assign(new Error('gave up'), { originalResponse: null }));
    expect(await done).toBeNull();
    expect(upload.error?.temporary).toBe(true);
  });
});

describe('after a reload', () => {
  async function reloaded(): Promise<FakeTus> {
    const { upload, tus } = await underWay();
    upload.leave();
    return tus;
  }

  test('an upload is found again, with what the server has of it', async () => {
    await reloaded();
    expect(await standings(null)).toMatchObject([
      { filename: 'Ümsätze 2026.csv', size: 1000, sent: 400, shareId: 'abc', own: true },
    ]);
    expect(await standings('abc')).toHaveLength(1);
    expect(await standings('other')).toEqual([]);
  });

  test('the same file goes on where it was, with the same share', async () => {
    const before = await reloaded();
    const upload = new Upload();
    const done = upload.start(file);
    const tus = await untilSent(upload, before);
    expect(tus.options.uploadUrl).toBe('/api/v1/uploads/u1');
    expect(tus.options.endpoint).toBeUndefined();
    expect(upload.shareId).toBe('abc');
    tus.finish();
    expect(await done).toBe('abc');
  });

  test('another file begins anew', async () => {
    const before = await reloaded();
    const upload = new Upload();
    void upload.start(new File(['y'], file.name, { lastModified: 6 }));
    const tus = await untilSent(upload, before);
    expect(tus.options.endpoint).toBe('/api/v1/uploads');
  });

  test('what the server has forgotten is sent from its start, to the same link', async () => {
    const before = await reloaded();
    const upload = new Upload();
    void upload.start(file);
    const resumed = await untilSent(upload, before);
    resumed.refuse({ status: 410, body: '' });
    const anew = await untilSent(upload, resumed);
    expect(anew.options.endpoint).toBe('/api/v1/uploads');
    expect(anew.options.metadata).toMatchObject({ share: 'abc' });
  });

  test('what has ended on the server is not offered, and what cannot be asked for is kept', async () => {
    await reloaded();
    arrived = null;
    expect(await standings(null)).toEqual([]);
    arrived = 400;
    expect(await standings(null)).toHaveLength(1);
    arrived = 'gone';
    expect(await standings(null)).toEqual([]);
    arrived = 400;
    expect(await standings(null)).toEqual([]);
  });

  test('what another page is still sending is not offered, only looked at again', async () => {
    const { upload } = await underWay();
    expect(await standings(null)).toEqual([]);
    expect(lookAgainAfter(null)).toBeGreaterThan(0);
    upload.leave();
    expect(lookAgainAfter(null)).toBeNull();
  });
});
