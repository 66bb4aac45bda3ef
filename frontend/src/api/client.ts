/** The one way to the server: every answer is data, or an ApiError is thrown. */
import createClient from 'openapi-fetch';

import { asNewAs } from '../channel/heard';
import type { Holding } from '../query/bars';
import { strings } from '../strings';
import { ApiError, isAbort, OFFLINE, problemFrom } from './problem';
import { credentials, forgetEditToken } from './rights';
import type { paths } from './schema';
import type {
  History,
  Inspection,
  Page,
  Position,
  Presenter,
  ReadingOptions,
  Revision,
  Share,
  UploadState,
} from './types';

const api = createClient<paths>({ baseUrl: location.origin, fetch: fetchOrThrow });

async function fetchOrThrow(request: Request): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw OFFLINE;
  }
  if (!response.ok) {
    throw problemFrom(response.status, response.statusText, await response.text());
  }
  return response;
}

async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new ApiError(0, 'empty_answer', strings.error.generic, '');
  return data;
}

function of(shareId: string) {
  const headers = { ...credentials(shareId), ...asNewAs(shareId) };
  return { params: { path: { share_id: shareId } }, headers };
}

export async function myShares(): Promise<Share[]> {
  return (await body(api.GET('/api/v1/shares'))).shares;
}

export function getShare(shareId: string): Promise<Share> {
  return body(api.GET('/api/v1/shares/{share_id}', of(shareId)));
}

export function renameShare(shareId: string, title: string): Promise<Share> {
  return body(api.PATCH('/api/v1/shares/{share_id}', { ...of(shareId), body: { title } }));
}

export async function deleteShare(shareId: string): Promise<void> {
  // Heard even when the page is being left.
  await api.DELETE('/api/v1/shares/{share_id}', { ...of(shareId), keepalive: true });
  forgetEditToken(shareId);
}

export function getRevision(shareId: string, number: number): Promise<Revision> {
  return body(
    api.GET('/api/v1/shares/{share_id}/revisions/{number}', {
      params: { path: { share_id: shareId, number } },
      headers: credentials(shareId),
    }),
  );
}

/** What is presented of a share. */
export function getPresenter(shareId: string): Promise<Presenter> {
  return body(api.GET('/api/v1/shares/{share_id}/presenter', of(shareId)));
}

/** Shows a position to everyone who follows, and renews the lease. */
export function present(shareId: string, position: Position): Promise<Presenter> {
  return body(api.PUT('/api/v1/shares/{share_id}/presenter', { ...of(shareId), body: position }));
}

/** Presents no longer; heard even when the page is being left. */
export async function endPresenting(shareId: string): Promise<void> {
  await api.DELETE('/api/v1/shares/{share_id}/presenter', { ...of(shareId), keepalive: true });
}

/** How far a resumable upload is. */
export function getUpload(uploadId: string): Promise<UploadState> {
  const params = { path: { upload_id: uploadId } };
  return body(api.GET('/api/v1/uploads/{upload_id}', { params }));
}

/** The beginning of an upload that is still on its way, or being read. */
export function getFirstRows(uploadId: string, signal: AbortSignal): Promise<Inspection> {
  const params = { path: { upload_id: uploadId } };
  return body(api.GET('/api/v1/uploads/{upload_id}/rows', { params, signal }));
}

/** Gives a resumable upload up: what has arrived of it is forgotten. */
export async function endUpload(uploadId: string): Promise<void> {
  await api.DELETE('/api/v1/uploads/{upload_id}', {
    params: { path: { upload_id: uploadId }, header: { 'Tus-Resumable': '1.0.0' } },
  });
}

/** The revisions of a share, newest first, from `before` (exclusive) on. */
export function getHistory(shareId: string, before?: number): Promise<History> {
  return body(
    api.GET('/api/v1/shares/{share_id}/revisions', {
      params: {
        path: { share_id: shareId },
        query: before === undefined ? {} : { before },
      },
      headers: credentials(shareId),
    }),
  );
}

/** A new revision from what is stored: an original read again, or an earlier one restored. */
export function remake(
  shareId: string,
  from: { from_revision: number; options: ReadingOptions } | { restore: number },
): Promise<Revision> {
  return body(api.POST('/api/v1/shares/{share_id}/revisions', { ...of(shareId), body: from }));
}

/** The first bytes of an original, and whether they are all there are. */
export async function getSample(
  shareId: string,
  revision: number,
  bytes: number,
): Promise<{ sample: Blob; complete: boolean }> {
  const headers = { Range: `bytes=0-${String(bytes - 1)}` };
  const url = new URL(originalUrl(shareId, revision), location.origin);
  const answer = await fetchOrThrow(new Request(url, { headers }));
  const sample = await answer.blob();
  const total = Number(answer.headers.get('Content-Range')?.split('/').at(-1) ?? sample.size);
  return { sample, complete: sample.size >= total };
}

/** How a file would be read with these options, from a sample of it. Nothing is kept. */
export async function inspect(
  { sample, complete }: { sample: Blob; complete: boolean },
  filename: string,
  options: ReadingOptions,
  signal: AbortSignal,
): Promise<Inspection> {
  const url = new URL('/api/v1/inspect', location.origin);
  for (const [name, value] of Object.entries({ filename, complete, ...options })) {
    url.searchParams.set(name, String(value));
  }
  const headers = { 'Content-Type': 'application/octet-stream' };
  const asked = new Request(url, { method: 'POST', headers, body: sample, signal });
  return (await (await fetchOrThrow(asked)).json()) as Inspection;
}

export interface RowsRequest {
  shareId: string;
  revision: number;
  sheetIndex: number;
  offset: number;
  limit: number;
  /** Column keys; undefined asks for all of them. */
  columns: readonly string[] | undefined;
  /** Which rows, in which order, as parameters. */
  query: readonly (readonly [string, string])[];
  /** Cells as they were written, unless their values are asked for. */
  values?: 'text' | 'typed';
}

/** Rows of a pinned revision as arrays. */
export function getRows(request: RowsRequest, signal: AbortSignal): Promise<Page> {
  const { shareId, revision, sheetIndex, offset, limit, columns, values = 'text' } = request;
  const query = {
    sheet_index: sheetIndex,
    offset,
    limit,
    shape: 'arrays' as const,
    values,
    ...(columns === undefined ? {} : { columns: columns.join(',') }),
  };
  return body(
    api.GET('/api/v1/shares/{share_id}/revisions/{number}/rows', {
      params: { path: { share_id: shareId, number: revision }, query },
      // A filter may be there several times, and is named after a column: no type knows it.
      querySerializer: (known) => {
        const fixed = Object.entries(known).map(([name, value]) => [name, String(value)]);
        return new URLSearchParams([...fixed, ...request.query.map((one) => [...one])]).toString();
      },
      signal,
    }),
  );
}

/** What columns of a pinned revision hold, of the rows that the parameters choose. */
export async function getSummary(
  shareId: string,
  revision: number,
  query: readonly (readonly [string, string])[],
  signal: AbortSignal,
): Promise<Holding[]> {
  const path = `/api/v1/shares/${shareId}/revisions/${String(revision)}/summary`;
  const url = new URL(path, location.origin);
  for (const [name, value] of query) url.searchParams.append(name, value);
  const answer = await fetchOrThrow(new Request(url, { signal }));
  return ((await answer.json()) as { columns: Holding[] }).columns;
}

/** What an address of this server answers, as JSON. */
export async function getJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const url = new URL(path, location.origin);
  return (await (await fetchOrThrow(new Request(url, { signal }))).json()) as T;
}

export function originalUrl(shareId: string, revision: number): string {
  return `/api/v1/shares/${shareId}/revisions/${String(revision)}/original`;
}
