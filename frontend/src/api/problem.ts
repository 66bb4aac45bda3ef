import { strings } from '../strings';

/** A refusal of the server (RFC 9457 problem+json), or a request that never got an answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly title: string;

  constructor(status: number, code: string, title: string, detail: string) {
    super(detail || title);
    this.status = status;
    this.code = code;
    this.title = title;
  }

  /** Whether asking again later can help: no answer, too busy, or a fault of the server. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const OFFLINE = new ApiError(0, 'no_answer', strings.error.offline, '');

/** The error told by an answer's body; a body that is no problem document still makes one. */
export function problemFrom(status: number, statusText: string, body: string): ApiError {
  const problem = parsed(body);
  const text = (key: string): string => {
    const value = problem[key];
    return typeof value === 'string' ? value : '';
  };
  const title = text('title') || statusText || `HTTP ${String(status)}`;
  return new ApiError(status, text('code') || `http_${String(status)}`, title, text('detail'));
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Whatever was thrown, as an ApiError: the interface shows nothing else. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, 'unexpected', strings.error.generic, String(error));
}

/** Why a part of the page did not come: it could not be fetched, or it does not run here. */
export function reasonOfPart(error: unknown): string {
  const said = String(error);
  return /import|module|preload/i.test(said) ? strings.error.part : strings.error.broken + said;
}
