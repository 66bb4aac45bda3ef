/** Sends a file over tus, so that neither a bad connection nor a reload costs what has arrived. */
import type { DetailedError, HttpRequest, HttpResponse, Upload } from 'tus-js-client';

import { ApiError, OFFLINE, problemFrom } from './problem';
import { credentials, keepEditToken } from './rights';
import type { BegunUpload } from './types';

const ENDPOINT = '/api/v1/uploads';
const LONGEST_NAME = 255;
// Each part is made durable and answered: large enough that this costs nothing, small enough for
// whatever stands between the browser and the server.
const CHUNK_BYTES = 16 * 1024 * 1024;
/** About ten minutes without a single byte; each byte that arrives begins them anew. */
const RETRY_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, ...Array<number>(40).fill(15_000)];
/** Stalled, at another byte, or still held by a connection that is dead: asking again helps. */
const PASSING = new Set([408, 409, 423]);

/** What is to be sent, and whither. */
export interface Order {
  file: File;
  /** For a share that is made by this upload. */
  title: string;
  /** null: the upload makes its share. */
  shareId: string | null;
  /** Where an earlier upload of the same file stands; null begins a new one. */
  url: string | null;
  /** How the file is to be read, where that is known. */
  reading: Readonly<Record<string, string>>;
  /** Makes beginning twice the same as beginning once. */
  key: string;
}

/** What is heard while a file is sent. */
export interface Listener {
  /** The share exists, and so does the place to go on from. */
  begun: (shareId: string | null, url: string) => void;
  progress: (sent: number, total: number) => void;
  /** The connection is gone; it is tried again by itself. */
  stalled: () => void;
}

export interface Sending {
  /** Settles when the server has all of it; rejects with ApiError. Never settles once stopped. */
  readonly done: Promise<void>;
  /** Stops and can go on. */
  pause(): void;
  resume(): void;
  /** Stops for good; the server forgets what has arrived. */
  end(): Promise<void>;
}

/** The tail of a name: what tells the format is at its end. */
function shortened(name: string): string {
  return name.slice(-LONGEST_NAME) || 'file';
}

export function apiErrorOf(error: Error | DetailedError): ApiError {
  const answer = 'originalResponse' in error ? error.originalResponse : null;
  if (answer === null) return OFFLINE;
  return problemFrom(answer.getStatus(), '', answer.getBody());
}

export async function sendFile(order: Order, listener: Listener): Promise<Sending> {
  const tus = await import('tus-js-client');
  const { file, title, shareId, url, reading, key } = order;
  let begun: BegunUpload | null = null;
  let upload: Upload | undefined;
  const done = new Promise<void>((resolve, reject) => {
    upload = new tus.Upload(file, {
      ...(url === null ? { endpoint: ENDPOINT } : { uploadUrl: url }),
      metadata: {
        filename: shortened(file.name),
        ...reading,
        ...(shareId === null ? { title } : { share: shareId }),
      },
      headers: shareId === null ? {} : credentials(shareId),
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_MS,
      // What is kept over a reload is more than its address: see unfinished.ts.
      storeFingerprintForResuming: false,
      onBeforeRequest: (request: HttpRequest) => {
        if (request.getMethod() === 'POST') request.setHeader('Idempotency-Key', key);
      },
      onAfterResponse: (request: HttpRequest, answer: HttpResponse) => {
        if (request.getMethod() !== 'POST' || answer.getStatus() !== 201) return;
        begun = JSON.parse(answer.getBody()) as BegunUpload;
        if (begun.edit_token !== null) keepEditToken(begun.share.id, begun.edit_token);
      },
      onUploadUrlAvailable: () => {
        listener.begun(begun?.share.id ?? shareId, upload?.url ?? '');
      },
      onProgress: listener.progress,
      onShouldRetry: (error) => {
        const { status, temporary } = apiErrorOf(error);
        if (!temporary && !PASSING.has(status)) return false;
        listener.stalled();
        return true;
      },
      onSuccess: () => {
        resolve();
      },
      onError: (error) => {
        reject(apiErrorOf(error));
      },
    });
  });
  upload?.start();
  return {
    done,
    pause: () => void upload?.abort(),
    resume: () => upload?.start(),
    end: async () => upload?.abort(true),
  };
}
