/** One upload, from the dropped file to the accepted revision, as the interface watches it. */
import { createShare, deleteShare } from '../api/client';
import { asApiError, isAbort, type ApiError } from '../api/problem';
import { sendRevision, type Sending } from '../api/upload';
import { Speed } from './speed';

export type Phase = 'idle' | 'making' | 'sending' | 'finishing' | 'failed';

const LONGEST_TITLE = 200;

/** A title from a file name: without its extension, and never empty. */
export function titleFrom(filename: string): string {
  const stem = filename.replace(/(?<=.)\.[A-Za-z0-9]{1,8}(\.(gz|zst|bz2|xz))?$/, '').trim();
  return (stem || filename.trim() || 'Untitled').slice(0, LONGEST_TITLE);
}

export class Upload {
  phase = $state<Phase>('idle');
  file = $state.raw<File | null>(null);
  sent = $state(0);
  total = $state(0);
  bytesPerSecond = $state(0);
  error = $state.raw<ApiError | null>(null);
  shareId = $state<string | null>(null);

  readonly busy = $derived(
    this.phase === 'making' || this.phase === 'sending' || this.phase === 'finishing',
  );
  readonly fraction = $derived(this.total === 0 ? 0 : this.sent / this.total);
  readonly secondsLeft = $derived(
    this.bytesPerSecond === 0 ? Number.NaN : (this.total - this.sent) / this.bytesPerSecond,
  );

  /** Whether this upload made its share, and so takes it away again when it is cancelled. */
  #own = false;
  #sending: Sending | null = null;
  #cancelled = false;

  /** Resolves to the share's id once the revision is accepted, or null. */
  async start(file: File, shareId: string | null = null): Promise<string | null> {
    this.file = file;
    this.shareId = shareId;
    this.#own = shareId === null;
    return this.#run();
  }

  async retry(): Promise<string | null> {
    return this.#run();
  }

  /** Stops, and takes the empty share away if it was made for this upload. */
  cancel(): void {
    this.#cancelled = true;
    this.#sending?.cancel();
    this.phase = 'idle';
    this.file = null;
    const { shareId } = this;
    if (!this.#own || shareId === null) return;
    this.shareId = null;
    // Whether that works or not, nobody waits for it: an empty share harms nobody.
    deleteShare(shareId).catch(() => undefined);
  }

  async #run(): Promise<string | null> {
    const { file } = this;
    if (file === null) return null;
    this.error = null;
    this.#cancelled = false;
    try {
      const shareId = this.shareId ?? (await this.#makeShare(file));
      if (this.#gaveUp()) {
        if (this.#own) deleteShare(shareId).catch(() => undefined);
        return null;
      }
      this.shareId = shareId;
      await this.#send(shareId, file);
      this.phase = 'idle';
      return shareId;
    } catch (error) {
      if (!isAbort(error)) this.#fail(asApiError(error));
      return null;
    }
  }

  #gaveUp(): boolean {
    return this.#cancelled;
  }

  #fail(error: ApiError): void {
    this.error = error;
    this.phase = 'failed';
  }

  async #makeShare(file: File): Promise<string> {
    this.phase = 'making';
    return (await createShare(titleFrom(file.name))).id;
  }

  async #send(shareId: string, file: File): Promise<void> {
    const speed = new Speed();
    this.phase = 'sending';
    this.sent = 0;
    this.total = file.size;
    this.bytesPerSecond = 0;
    this.#sending = sendRevision(shareId, file, (sent, total) => {
      this.sent = sent;
      this.total = total;
      this.bytesPerSecond = speed.add(sent, performance.now());
      if (sent >= total) this.phase = 'finishing';
    });
    await this.#sending.done;
  }
}
