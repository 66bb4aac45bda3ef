/** The one way to the server: every answer is data, or an ApiError is thrown. */
import createClient from 'openapi-fetch';

import { ApiError, isAbort, OFFLINE, problemFrom } from './problem';
import { credentials, forgetEditToken, keepEditToken } from './rights';
import type { paths } from './schema';
import type { NewShare, Revision, Share } from './types';

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
  if (data === undefined) throw new ApiError(0, 'empty_answer', 'The answer was empty', '');
  return data;
}

function of(shareId: string) {
  return { params: { path: { share_id: shareId } }, headers: credentials(shareId) };
}

/** Makes an empty share, so that its link exists before the upload; keeps the edit token. */
export async function createShare(title: string): Promise<NewShare> {
  const share = await body(api.POST('/api/v1/shares', { body: { title } }));
  if (share.edit_token !== null) keepEditToken(share.id, share.edit_token);
  return share;
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
  await api.DELETE('/api/v1/shares/{share_id}', of(shareId));
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

export interface RowsRequest {
  shareId: string;
  revision: number;
  sheetIndex: number;
  offset: number;
  limit: number;
  /** Column keys; undefined asks for all of them. */
  columns: readonly string[] | undefined;
}

/** Rows of a pinned revision as arrays, every cell as it was written. */
export async function getRows(request: RowsRequest, signal: AbortSignal): Promise<unknown[]> {
  const { shareId, revision, sheetIndex, offset, limit, columns } = request;
  const query = {
    sheet_index: sheetIndex,
    offset,
    limit,
    shape: 'arrays' as const,
    values: 'text' as const,
    ...(columns === undefined ? {} : { columns: columns.join(',') }),
  };
  const page = await body(
    api.GET('/api/v1/shares/{share_id}/revisions/{number}/rows', {
      params: { path: { share_id: shareId, number: revision }, query },
      signal,
    }),
  );
  return page.rows;
}

export function originalUrl(shareId: string, revision: number): string {
  return `/api/v1/shares/${shareId}/revisions/${String(revision)}/original`;
}
