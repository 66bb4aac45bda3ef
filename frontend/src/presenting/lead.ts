/**
 * Leading: each move is told a moment later, so that a scrolling hand makes a few of them, one at
 * a time, and the last one is always told. While nothing moves, the lease is renewed.
 */
import { present } from '../api/client';
import { asApiError, type ApiError } from '../api/problem';
import type { Position, Presenter } from '../api/types';
import { readMoment } from '../format/time';
import { nameOf } from './presence.svelte';

const SETTLE_MS = 150;
const SOONEST_RENEWAL_MS = 2_000;
const LATEST_RENEWAL_MS = 20_000;
const RETRY_MS = 2_000;

export interface LeadEvents {
  /** A position is about to be told. */
  telling(position: Position): void;
  told(presenter: Presenter): void;
  /** This page may not lead, or no longer. */
  refused(error: ApiError): void;
}

export class Lead {
  readonly #shareId: string;
  readonly #events: LeadEvents;
  #wanted: Position | null = null;
  #told = '';
  #telling = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(shareId: string, events: LeadEvents) {
    this.#shareId = shareId;
    this.#events = events;
  }

  move(position: Position): void {
    this.#wanted = position;
    if (nameOf(position) !== this.#told && !this.#telling) this.#tellIn(SETTLE_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #tellIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#tell(), milliseconds);
  }

  async #tell(): Promise<void> {
    const position = this.#wanted;
    if (position === null || this.#telling || this.#stopped) return;
    this.#telling = true;
    this.#events.telling(position);
    let wait: number;
    try {
      const presenter = await present(this.#shareId, position);
      this.#told = nameOf(position);
      if (!this.#stopped) this.#events.told(presenter);
      wait = this.#moved() ? SETTLE_MS : renewalIn(presenter);
    } catch (thrown) {
      const error = asApiError(thrown);
      if (!error.temporary && !this.#stopped) {
        this.stop();
        this.#events.refused(error);
      }
      wait = RETRY_MS;
    }
    this.#telling = false;
    this.#tellIn(wait);
  }

  #moved(): boolean {
    return nameOf(this.#wanted) !== this.#told;
  }
}

/** A third of the lease; clocks differ, so neither much sooner nor later than is usual. */
function renewalIn({ expires_at: expiry }: Presenter): number {
  const left = readMoment(expiry).getTime() - Date.now();
  return Math.min(LATEST_RENEWAL_MS, Math.max(SOONEST_RENEWAL_MS, left / 3));
}
