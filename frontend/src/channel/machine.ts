/**
 * What a subscriber does with frames, without a socket and without a clock of its own.
 *
 * The channel is level-triggered: it never carries data, it only says that a share has moved on.
 * So this machine keeps one number per share, the last seq it asked to be refetched, and asks
 * again whenever the server's differs. Duplicates cost nothing and a lost frame is repaired by
 * the next hello.
 */
import { readFrame, type Frame, type Standing } from './frames';
import { heardOf } from './heard';

export interface Reactions {
  /** The share has moved: read it again. */
  refetch(shareId: string, what: ReadonlySet<string>): void;
  /** The share is not there (any more), or may not be seen. */
  gone(shareId: string): void;
  /** So many look at the share now, this one among them. */
  viewers(shareId: string, count: number): void;
  /** Drop this connection and make a new one. */
  reconnect(): void;
}

export interface Clock {
  after(milliseconds: number, run: () => void): () => void;
  random(): number;
}

/** A heartbeat may be this much late before the connection counts as dead. */
const PATIENCE = 1.6;
const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 5_000;
const RETRY_GROWTH = 1.7;

interface Pending {
  what: Set<string>;
  cancel: () => void;
}

export class ChannelMachine {
  readonly #reactions: Reactions;
  readonly #clock: Clock;
  readonly #seqs = new Map<string, number>();
  readonly #pending = new Map<string, Pending>();
  #attempts = 0;
  #heartbeatMs = 0;
  #byeRange: [number, number] | null = null;
  #cancelWatch: () => void = () => undefined;

  constructor(reactions: Reactions, clock: Clock) {
    this.#reactions = reactions;
    this.#clock = clock;
  }

  message(data: unknown): void {
    const frame = readFrame(data);
    this.#watch();
    if (frame !== null) this.#take(frame);
  }

  /** The connection is gone; what was promised by its heartbeats no longer counts. */
  closed(): void {
    this.#cancelWatch();
    this.#heartbeatMs = 0;
  }

  /** How long to wait before the next connection, and count it as tried. */
  nextDelay(): number {
    const bye = this.#byeRange;
    this.#byeRange = null;
    if (bye !== null) return bye[0] + this.#clock.random() * Math.max(0, bye[1] - bye[0]);
    const attempt = this.#attempts;
    this.#attempts += 1;
    if (attempt === 0) return 0;
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * RETRY_GROWTH ** (attempt - 1));
    return longest * (0.5 + this.#clock.random() / 2);
  }

  stop(): void {
    this.#cancelWatch();
    for (const pending of this.#pending.values()) pending.cancel();
    this.#pending.clear();
  }

  #take(frame: Frame): void {
    if (frame.type === 'hello') {
      // Not 0: when a server dies, its subscribers must not all come back in the same instant.
      this.#attempts = 1;
      this.#heartbeatMs = frame.heartbeat_s * 1000;
      this.#watch();
      for (const [shareId, standing] of Object.entries(frame.shares))
        this.#greet(shareId, standing);
    } else if (frame.type === 'change') {
      this.#changed(frame);
    } else if (frame.type === 'viewers') {
      this.#reactions.viewers(frame.share, frame.viewers);
    } else if (frame.type === 'bye') {
      this.#byeRange = frame.retry_ms;
      this.#reactions.reconnect();
    }
  }

  #greet(shareId: string, standing: Standing): void {
    if (standing.gone === true) {
      this.#reactions.gone(shareId);
      return;
    }
    if (standing.viewers !== undefined) this.#reactions.viewers(shareId, standing.viewers);
    const seq = standing.seq ?? 0;
    if (this.#seqs.get(shareId) === seq) return;
    this.#seqs.set(shareId, seq);
    heardOf(shareId, seq);
    this.#refetchLater(shareId, ['revision', 'share', 'presenter'], 0);
  }

  #changed(frame: Extract<Frame, { type: 'change' }>): void {
    if (frame.what.includes('deleted')) {
      this.#reactions.gone(frame.share);
      return;
    }
    if (this.#seqs.get(frame.share) === frame.seq) return;
    this.#seqs.set(frame.share, frame.seq);
    heardOf(frame.share, frame.seq);
    this.#refetchLater(frame.share, frame.what, frame.spread_ms ?? 0);
  }

  /** With many readers on one share the server asks them to spread out over `spreadMs`. */
  #refetchLater(shareId: string, what: readonly string[], spreadMs: number): void {
    const waiting = this.#pending.get(shareId);
    if (waiting !== undefined) {
      for (const one of what) waiting.what.add(one);
      return;
    }
    const collected = new Set(what);
    const run = (): void => {
      this.#pending.delete(shareId);
      this.#reactions.refetch(shareId, collected);
    };
    if (spreadMs <= 0) {
      run();
      return;
    }
    const cancel = this.#clock.after(this.#clock.random() * spreadMs, run);
    this.#pending.set(shareId, { what: collected, cancel });
  }

  #watch(): void {
    this.#cancelWatch();
    if (this.#heartbeatMs === 0) return;
    this.#cancelWatch = this.#clock.after(this.#heartbeatMs * PATIENCE, () => {
      this.#reactions.reconnect();
    });
  }
}
