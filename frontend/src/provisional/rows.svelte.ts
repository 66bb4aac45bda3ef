/**
 * The first rows of an upload that is still on its way, or being read. They are asked for calmly:
 * not at all for a file that is there within a second, and not again once nothing changes them.
 */
import { getFirstRows } from '../api/client';
import { asApiError, isAbort } from '../api/problem';
import type { Inspection, Revision } from '../api/types';
import { ProvisionalView } from './view';

const FIRST_MS = 1_000;
const LONGEST_MS = 8_000;
/** More of the beginning than this changes nothing: the server reads no more of it. */
const ENOUGH_BYTES = 1024 * 1024;

/** The upload that is watched. */
export interface Watched {
  shareId: string;
  uploadId: string;
  /** Bytes that have been sent. */
  sent: number;
}

export class ProvisionalRows {
  view = $state.raw<ProvisionalView | null>(null);
  /** The revision they are of, as it was last seen while it was read. */
  reading = $state.raw<Revision | null>(null);

  #uploadId: string | null = null;
  #watched: Watched | null = null;
  /** Whether the rows are those that will stay. */
  #settled = false;
  #wait = FIRST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;

  get uploadId(): string | null {
    return this.#uploadId;
  }

  /** Told again and again what to watch; null: the upload rests, and what is shown stays. */
  watch(upload: Watched | null): void {
    this.#watched = upload;
    if (upload === null) {
      this.#rest();
      return;
    }
    if (upload.uploadId !== this.#uploadId) this.#begin(upload.uploadId);
    if (this.#timer === undefined && this.#asking === undefined) this.#askLater();
  }

  /** There is something better to show, or nothing. */
  stop(): void {
    this.#rest();
    this.#watched = null;
    this.#uploadId = null;
    this.view = null;
    this.reading = null;
  }

  /** Goes on where an earlier page has stopped looking. */
  adopt(before: ProvisionalRows): void {
    this.#uploadId = before.#uploadId;
    this.#settled = before.#settled;
    this.#wait = before.#wait;
    this.view = before.view;
    before.#rest();
  }

  #begin(uploadId: string): void {
    this.#rest();
    this.#uploadId = uploadId;
    this.#settled = false;
    this.#wait = FIRST_MS;
    this.view = null;
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asking?.abort();
    this.#asking = undefined;
  }

  #askLater(): void {
    if (this.#settled) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#tick();
    }, this.#wait);
  }

  async #tick(): Promise<void> {
    const upload = this.#watched;
    if (upload === null) return;
    if (document.visibilityState === 'visible') await this.#ask(upload);
    if (this.#watched?.uploadId === upload.uploadId && this.#asking === undefined) this.#askLater();
  }

  async #ask(upload: Watched): Promise<void> {
    const asking = (this.#asking = new AbortController());
    try {
      const found = await getFirstRows(upload.uploadId, asking.signal);
      if (asking.signal.aborted) return;
      this.#show(upload, found);
    } catch (error) {
      if (asking.signal.aborted || isAbort(error)) return;
      this.#later(asApiError(error).status);
    }
    this.#asking = undefined;
  }

  #show(upload: Watched, found: Inspection): void {
    const sheet = found.sheets[0];
    this.#settled = found.complete || (found.failure === null && upload.sent > 2 * ENOUGH_BYTES);
    this.#wait = Math.min(LONGEST_MS, this.#wait * 1.5);
    if (found.failure !== null || sheet === undefined || sheet.columns.length === 0) return;
    this.view = new ProvisionalView(upload.shareId, sheet);
  }

  /** Nothing can be shown yet (409), the server is busy, or the upload is not there any more. */
  #later(status: number): void {
    this.#settled = status === 404 || status === 410;
    this.#wait = Math.min(LONGEST_MS, this.#wait * 1.5);
  }
}

/** What the start page has found, for the page of the share it leads to. */
let handed: { shareId: string; rows: ProvisionalRows } | null = null;

export function handOver(shareId: string, rows: ProvisionalRows): void {
  const kept = new ProvisionalRows();
  kept.adopt(rows);
  handed = { shareId, rows: kept };
}

/** What was handed over for this share, once. */
export function takeOver(shareId: string): ProvisionalRows | null {
  const found = handed?.shareId === shareId ? handed.rows : null;
  handed = null;
  return found;
}
