/**
 * Fetches the pages somebody looks at. It is told again and again what is wanted now, most wanted
 * first, and never owes anything to what was wanted before: a request nobody waits for any more is
 * aborted, and an answer that comes too late is dropped.
 */
import { asApiError, isAbort, type ApiError } from '../api/problem';
import type { PageCache, Rows } from './cache';

export interface PageAddress {
  readonly key: string;
  readonly offset: number;
  readonly limit: number;
  /** Column keys; undefined: all of them. */
  readonly columns: readonly string[] | undefined;
}

export interface LoaderEvents {
  arrived(key: string): void;
  /** A page cannot be had, now or ever (`error.temporary` says which). */
  failed(error: ApiError): void;
}

export type FetchPage = (address: PageAddress, signal: AbortSignal) => Promise<Rows>;

const MOST_AT_ONCE = 3;
const SETTLE_MS = 80;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

export class PageLoader {
  readonly #cache: PageCache;
  readonly #fetch: FetchPage;
  readonly #events: LoaderEvents;
  readonly #flying = new Map<string, AbortController>();
  readonly #refused = new Set<string>();
  #wanted: readonly PageAddress[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #stopped = false;

  constructor(cache: PageCache, fetchPage: FetchPage, events: LoaderEvents) {
    this.#cache = cache;
    this.#fetch = fetchPage;
    this.#events = events;
  }

  /** Says what is looked at now; `fast` waits until the scrolling settles. */
  want(addresses: readonly PageAddress[], fast = false): void {
    if (this.#stopped) return;
    this.#wanted = addresses;
    const keys = new Set(addresses.map((address) => address.key));
    for (const [key, controller] of this.#flying) {
      if (!keys.has(key)) this.#abort(key, controller);
    }
    if (fast) this.#pumpAfter(SETTLE_MS);
    else if (this.#failures === 0) this.#pumpAfter(0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const [key, controller] of this.#flying) this.#abort(key, controller);
  }

  #abort(key: string, controller: AbortController): void {
    this.#flying.delete(key);
    controller.abort();
  }

  #pumpAfter(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (milliseconds === 0) this.#pump();
    else {
      this.#timer = setTimeout(() => {
        this.#pump();
      }, milliseconds);
    }
  }

  #pump(): void {
    if (this.#stopped) return;
    for (const address of this.#wanted) {
      if (this.#flying.size >= MOST_AT_ONCE) return;
      const { key } = address;
      if (this.#flying.has(key) || this.#refused.has(key) || this.#cache.has(key)) continue;
      void this.#load(address);
    }
  }

  async #load(address: PageAddress): Promise<void> {
    const controller = new AbortController();
    this.#flying.set(address.key, controller);
    try {
      const rows = await this.#fetch(address, controller.signal);
      if (controller.signal.aborted) return;
      this.#flying.delete(address.key);
      this.#failures = 0;
      this.#cache.put(address.key, rows);
      this.#events.arrived(address.key);
      this.#pump();
    } catch (error) {
      if (isAbort(error) || controller.signal.aborted) return;
      this.#flying.delete(address.key);
      this.#fail(address, asApiError(error));
    }
  }

  #fail(address: PageAddress, error: ApiError): void {
    if (error.temporary) {
      const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
      this.#failures += 1;
      this.#pumpAfter(wait);
    } else {
      this.#refused.add(address.key);
    }
    this.#events.failed(error);
  }
}
