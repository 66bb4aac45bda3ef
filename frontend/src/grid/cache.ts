/** Pages of rows by key, bounded in bytes; the page that was used longest ago goes first. */
import type { Cell } from '../api/types';

export type Rows = readonly (readonly Cell[])[];

const PER_CELL = 24;
/** What is in sight and next to it stays, even where that is more than the whole limit. */
const LEAST_PAGES = 16;

/** About how much memory rows take: two bytes a character and a little for each cell. */
export function weigh(rows: Rows): number {
  let bytes = 64;
  for (const row of rows) {
    bytes += PER_CELL * row.length;
    for (const cell of row) if (typeof cell === 'string') bytes += 2 * cell.length;
  }
  return bytes;
}

export class PageCache {
  readonly #limit: number;
  readonly #least: number;
  readonly #pages = new Map<string, { rows: Rows; bytes: number }>();
  readonly #totals = new Map<string, number>();
  #bytes = 0;

  constructor(limitBytes: number, leastPages = LEAST_PAGES) {
    this.#limit = limitBytes;
    this.#least = leastPages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(key: string): boolean {
    return this.#pages.has(key);
  }

  get(key: string): Rows | undefined {
    const page = this.#pages.get(key);
    if (page === undefined) return undefined;
    this.#pages.delete(key);
    this.#pages.set(key, page);
    return page.rows;
  }

  put(key: string, rows: Rows): void {
    this.#drop(key);
    const bytes = weigh(rows);
    this.#pages.set(key, { rows, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#pages.keys()) {
      if (this.#bytes <= this.#limit || this.#pages.size <= this.#least) break;
      this.#drop(oldest);
    }
  }

  /** How many rows there are in all, of what a name stands for. */
  total(name: string): number | undefined {
    return this.#totals.get(name);
  }

  setTotal(name: string, rows: number): void {
    this.#totals.set(name, rows);
  }

  #drop(key: string): void {
    const page = this.#pages.get(key);
    if (page === undefined) return;
    this.#bytes -= page.bytes;
    this.#pages.delete(key);
  }
}
