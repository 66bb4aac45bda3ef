/** One upload, from the dropped file to the accepted revision, as the interface watches it. */
import { deleteShare } from '../api/client';
import { asApiError, type ApiError } from '../api/problem';
import { forget, remember, type Unfinished, unfinishedFor } from '../api/unfinished';
import { sendFile, type Sending } from '../api/upload';
import { Speed } from './speed';

export type Phase = 'idle' | 'making' | 'sending' | 'paused' | 'finishing' | 'failed';

const LONGEST_TITLE = 200;
const NOTE_MS = 1_000;
const ABOUT_THE_FILE: readonly number[] = [400, 413, 415, 422];

/** A title from a file name: without its extension, and never empty. */
export function titleFrom(filename: string): string {
  const stem = filename.replace(/(?<=.)\.[A-Za-z0-9]{1,8}(\.(gz|zst|bz2|xz))?$/, '').trim();
  return (stem || filename.trim() || 'Untitled').slice(0, LONGEST_TITLE);
}

function idIn(url: string): string | null {
  return url.split('/').at(-1) ?? null;
}

function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(6)).join('-');
}

/** Gives up what was sent, and the share that was made for it. */
function drop(sending: Sending | null, shareId: string | null): void {
  // Whether that works or not, nobody waits for it: an empty share harms nobody.
  const ended = sending?.end().catch(() => undefined) ?? Promise.resolve();
  if (shareId !== null) void ended.then(() => deleteShare(shareId)).catch(() => undefined);
}

export class Upload {
  phase = $state<Phase>('idle');
  file = $state.raw<File | null>(null);
  sent = $state(0);
  total = $state(0);
  bytesPerSecond = $state(0);
  /** Whether the connection is gone, and tried again by itself. */
  stalled = $state(false);
  error = $state.raw<ApiError | null>(null);
  shareId = $state<string | null>(null);
  /** Where the server keeps what has been sent. */
  uploadId = $state<string | null>(null);

  readonly busy = $derived(this.phase !== 'idle' && this.phase !== 'failed');
  /** Whether it failed because of the file itself: the same one would fail again. */
  readonly refused = $derived(
    this.phase === 'failed' && ABOUT_THE_FILE.includes(this.error?.status ?? 0),
  );
  readonly fraction = $derived(this.total === 0 ? 0 : this.sent / this.total);
  readonly secondsLeft = $derived(
    this.bytesPerSecond === 0 ? Number.NaN : (this.total - this.sent) / this.bytesPerSecond,
  );

  /** Whether this upload made its share, and so takes it away again when it is cancelled. */
  #own = false;
  #url: string | null = null;
  #key = '';
  #reading: Readonly<Record<string, string>> = {};
  #sending: Sending | null = null;
  /** Whoever is not the current run any more has been cancelled. */
  #current: symbol | null = null;
  #speed = new Speed();
  #noted = 0;

  /**
   * Goes on with an unfinished upload of the same file, or begins one. Resolves to the share's id
   * once the revision is accepted, or null. `reading` says how to read it, where that is known.
   */
  async start(
    file: File,
    shareId: string | null = null,
    reading: Readonly<Record<string, string>> = {},
  ): Promise<string | null> {
    this.#dropFailed();
    const before = unfinishedFor(file, shareId);
    this.file = file;
    this.shareId = before?.shareId ?? shareId;
    this.#own = before?.own ?? shareId === null;
    this.#url = before?.url ?? null;
    this.uploadId = this.#url === null ? null : idIn(this.#url);
    this.#key = randomKey();
    this.#reading = reading;
    return this.#run();
  }

  /** What became of the one before is nobody's business any more. */
  #dropFailed(): void {
    if (this.phase === 'failed') this.cancel();
  }

  async retry(): Promise<string | null> {
    return this.#run();
  }

  pause(): void {
    if (this.phase !== 'sending') return;
    this.phase = 'paused';
    this.#sending?.pause();
    this.#note(0);
  }

  resume(): void {
    if (this.phase !== 'paused') return;
    this.phase = 'sending';
    this.#begin();
    this.#sending?.resume();
  }

  /** The connection may be back: do not wait for the next attempt. */
  nudge(): void {
    if (this.phase !== 'sending' || !this.stalled) return;
    this.#sending?.pause();
    this.#sending?.resume();
  }

  /** The page goes away: nothing is sent from now on, and everything can be gone on with. */
  leave(): void {
    this.pause();
    this.#note(0);
  }

  /** Stops, and takes the empty share away if it was made for this upload. */
  cancel(): void {
    const making = this.phase === 'making';
    // Closing a failure that will pass gives nothing up: it can be gone on with later.
    const kept = this.phase === 'failed' && this.#url !== null && this.error?.temporary === true;
    this.#current = null;
    this.phase = 'idle';
    this.file = null;
    this.stalled = false;
    // While the share is being made its id is not known yet: it goes when it has come.
    if (!kept && (!making || this.#url !== null)) this.#end();
  }

  #end(): void {
    const { shareId } = this;
    this.shareId = null;
    if (this.#url !== null) forget(this.#url);
    this.#url = null;
    this.uploadId = null;
    drop(this.#sending, this.#own ? shareId : null);
  }

  async #run(): Promise<string | null> {
    const { file } = this;
    if (file === null) return null;
    this.error = null;
    const run = (this.#current = Symbol('run'));
    this.total = file.size;
    this.sent = 0;
    try {
      await this.#send(file, run);
      if (this.#current !== run) return null;
      if (this.#url !== null) forget(this.#url);
      this.phase = 'idle';
      return this.shareId;
    } catch (error) {
      return this.#current === run ? await this.#fail(asApiError(error)) : null;
    }
  }

  async #fail(error: ApiError): Promise<string | null> {
    const ended = error.status === 404 || error.status === 410;
    const url = this.#url;
    if (ended && url !== null) {
      // The server has forgotten what came before: the same share takes the file from its start.
      forget(url);
      this.#url = null;
      this.#key = randomKey();
      return this.#run();
    }
    this.error = error;
    this.phase = 'failed';
    this.#note(0);
    return null;
  }

  async #send(file: File, run: symbol): Promise<void> {
    this.phase = this.#url === null ? 'making' : 'sending';
    this.#begin();
    const { shareId } = this;
    const title = titleFrom(file.name);
    const order = { file, title, shareId, url: this.#url, reading: this.#reading, key: this.#key };
    const own = this.#own;
    const current = (): boolean => this.#current === run;
    const sending = await sendFile(order, {
      begun: (share, url) => {
        if (current()) this.#begun(share, url);
        else drop(sending, own ? share : null);
      },
      progress: (sent, total) => {
        if (current()) this.#progress(sent, total);
      },
      stalled: () => {
        this.stalled = current();
        this.#begin();
      },
    });
    if (current()) this.#sending = sending;
    await sending.done;
  }

  #begin(): void {
    this.#speed = new Speed();
    this.bytesPerSecond = 0;
  }

  #begun(shareId: string | null, url: string): void {
    this.shareId = shareId;
    this.#url = url;
    this.uploadId = idIn(url);
    if (this.phase === 'making') this.phase = 'sending';
    this.#note(Date.now());
  }

  #progress(sent: number, total: number): void {
    if (this.phase !== 'sending' && this.phase !== 'finishing') return;
    this.stalled = false;
    this.sent = sent;
    this.total = total;
    this.bytesPerSecond = this.#speed.add(sent, performance.now());
    this.phase = sent >= total ? 'finishing' : 'sending';
    if (Date.now() - this.#noted > NOTE_MS) this.#note(Date.now());
  }

  /** Keeps what a reload needs, with whether this page is at it. */
  #note(active: number): void {
    const { file, shareId } = this;
    if (file === null || shareId === null || this.#url === null) return;
    this.#noted = active;
    const { name: filename, size, lastModified: modified } = file;
    const own = this.#own;
    remember({
      url: this.#url,
      shareId,
      own,
      filename,
      size,
      modified,
      active,
    } satisfies Unfinished);
  }
}
