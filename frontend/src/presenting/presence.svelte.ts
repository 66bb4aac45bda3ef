/** Whether somebody leads through a share, and which part this page takes in it. */
import { getPresenter } from '../api/client';
import { asApiError } from '../api/problem';
import type { Position, Presenter } from '../api/types';
import { readMoment } from '../format/time';

/** `left`: followed, and then went a way of one's own; `over`: followed until there was no more. */
export type Part = 'none' | 'following' | 'left' | 'leading' | 'over';

const SOONEST_MS = 2_000;
const LATEST_MS = 65_000;
const RETRY_MS = 1_000;
const SPREAD_MS = 2_000;
const LED_KEPT = 7;

export class Presence {
  readonly shareId: string;
  /** What is presented; null: nobody does. */
  position = $state.raw<Position | null>(null);
  part = $state<Part>('none');
  /** Somebody else has begun to lead. */
  replaced = $state(false);
  /** Where this page has led lately: what is presented and not among it is another's. */
  #led: readonly string[] = [];
  #lease: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(shareId: string) {
    this.shareId = shareId;
  }

  /** Whether there is something to say about it. */
  get shown(): boolean {
    return this.part === 'leading' || this.part === 'over' || this.position !== null;
  }

  async refresh(): Promise<void> {
    const asked = (this.#asked += 1);
    try {
      const presenter = await getPresenter(this.shareId);
      // An answer that was overtaken says nothing.
      if (asked === this.#asked) this.take(presenter);
    } catch (thrown) {
      // The share itself says what is wrong with it; what passes by is asked about again.
      if (asked === this.#asked && asApiError(thrown).temporary) this.#refreshIn(RETRY_MS);
    }
  }

  take({ position, expires_at: expiry }: Presenter): void {
    clearTimeout(this.#lease);
    if (this.part === 'leading' && !this.#isOwn(position)) {
      this.replaced = position !== null;
      this.part = 'none';
    }
    if (nameOf(position) !== nameOf(this.position)) this.position = position;
    if (position === null) {
      if (this.part === 'following') this.part = 'over';
      else if (this.part === 'left') this.part = 'none';
      return;
    }
    if (this.part === 'over') this.part = 'none';
    // Nobody tells when a lease ends, or that it was renewed.
    const left = readMoment(expiry).getTime() - Date.now();
    const wait = Math.min(LATEST_MS, Math.max(SOONEST_MS, left + 1_000));
    this.#refreshIn(wait);
  }

  /** A little later than that, so that not everyone asks at once. */
  #refreshIn(milliseconds: number): void {
    clearTimeout(this.#lease);
    const wait = milliseconds + Math.random() * SPREAD_MS;
    this.#lease = setTimeout(() => void this.refresh(), wait);
  }

  #isOwn(position: Position | null): boolean {
    return position !== null && this.#led.includes(nameOf(position));
  }

  follow(): void {
    this.replaced = false;
    this.part = 'following';
  }

  /** The reader goes where he wants. */
  leave(): void {
    if (this.part === 'following') this.part = 'left';
  }

  /** The reader wants to hear no more of it. */
  stopFollowing(): void {
    if (this.part !== 'leading') this.part = 'none';
  }

  lead(): void {
    this.replaced = false;
    this.#led = [];
    this.part = 'leading';
  }

  /** This page is about to present a position. */
  leads(position: Position): void {
    this.#led = [...this.#led.slice(-LED_KEPT), nameOf(position)];
    this.#asked += 1;
  }

  /** Nobody leads any more, as far as this page is concerned. */
  ended(): void {
    this.part = 'none';
    this.position = null;
    this.#asked += 1;
    clearTimeout(this.#lease);
  }

  stop(): void {
    this.#asked += 1;
    clearTimeout(this.#lease);
  }
}

/** Two positions that are the same have one name. */
export function nameOf(position: Position | null): string {
  if (position === null) return '';
  const { offset, sheet_index: sheet, revision, view } = position;
  return [offset, sheet, revision ?? '', view].join('|');
}
