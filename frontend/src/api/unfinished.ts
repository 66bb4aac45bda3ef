/**
 * The uploads this browser began and did not finish. A browser cannot open a file again by itself,
 * so over a reload only this remains: where the upload stands, and how to know its file again.
 */
import { keep, kept, keptKeys } from '../kept';
import { getUpload } from './client';
import { asApiError } from './problem';

const PREFIX = 'tablecast.upload.';
/** A page that still sends says so more often than this. */
const SENDING_MS = 5_000;

export interface Unfinished {
  /** Its address: whoever knows it can go on. */
  url: string;
  shareId: string;
  /** Whether the share was made for it, and would be empty without it. */
  own: boolean;
  filename: string;
  size: number;
  modified: number;
  /** When a page last sent to it, in epoch milliseconds; 0: no page does. */
  active: number;
}

/** An unfinished upload, and how many bytes of it the server has. */
export interface Standing extends Unfinished {
  sent: number;
}

export function remember(upload: Unfinished): void {
  keep(PREFIX + upload.url, JSON.stringify(upload));
}

export function forget(url: string): void {
  keep(PREFIX + url, null);
}

export function isFileOf(upload: Unfinished, file: File): boolean {
  return (
    upload.filename === file.name &&
    upload.size === file.size &&
    upload.modified === file.lastModified
  );
}

function read(text: string | null): Unfinished | null {
  try {
    const value = JSON.parse(text ?? 'null') as Unfinished | null;
    return typeof value?.url === 'string' && typeof value.shareId === 'string' ? value : null;
  } catch {
    return null;
  }
}

function remembered(): Unfinished[] {
  return keptKeys(PREFIX)
    .map((key) => read(kept(key)))
    .filter((upload) => upload !== null);
}

/** Those of one share; of all shares that wait for their first file where none is named. */
export function unfinishedOf(shareId: string | null): Unfinished[] {
  return remembered().filter((upload) =>
    shareId === null ? upload.own : upload.shareId === shareId,
  );
}

/** The one that `file` would go on with. */
export function unfinishedFor(file: File, shareId: string | null): Unfinished | null {
  return unfinishedOf(shareId).find((upload) => isFileOf(upload, file)) ?? null;
}

function isSending({ active }: Unfinished): boolean {
  return Date.now() - active <= SENDING_MS;
}

/** After how many milliseconds to look again: a page that sends may be gone without a word. */
export function lookAgainAfter(shareId: string | null): number | null {
  return unfinishedOf(shareId).some(isSending) ? SENDING_MS + 1 : null;
}

/** How far they are, as the server says; forgets what has ended there. */
export async function standings(shareId: string | null): Promise<Standing[]> {
  const waiting = unfinishedOf(shareId).filter((upload) => !isSending(upload));
  const found = await Promise.all(waiting.map(standing));
  return found.filter((one) => one !== null);
}

async function standing(upload: Unfinished): Promise<Standing | null> {
  try {
    const { offset, revision } = await getUpload(upload.url.split('/').at(-1) ?? '');
    if (revision === null) return { ...upload, sent: offset };
    forget(upload.url);
  } catch (error) {
    if (!asApiError(error).temporary) forget(upload.url);
  }
  return null;
}
