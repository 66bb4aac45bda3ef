/** One sheet of one revision, as the grid sees it: cells that are here, and cells to come. */
import { getRows } from '../api/client';
import { type ApiError } from '../api/problem';
import type { Cell, Sheet } from '../api/types';
import { PageCache, type Rows } from './cache';
import { PageLoader, type PageAddress } from './loader';
import type { Span } from './scroll';

export const PAGE_ROWS = 100;
/** Wider sheets are fetched in blocks of columns, so that 2,000 of them cost no megabytes. */
const WIDE = 128;
const BLOCK_COLUMNS = 64;

/** Which part of a table somebody looks at. */
export interface Pane {
  readonly rows: Span;
  readonly columns: Span;
}

interface Waiting {
  pane: Pane;
  resolve: () => void;
  reject: (error: ApiError) => void;
}

export class TableView {
  readonly shareId: string;
  readonly revision: number;
  readonly sheet: Sheet;
  /** Called whenever cells have arrived. */
  onArrival: () => void = () => undefined;
  /** Called when a page cannot be had. */
  onFailure: (error: ApiError) => void = () => undefined;

  readonly #cache: PageCache;
  readonly #loader: PageLoader;
  readonly #blockColumns: number;
  #waiting: Waiting[] = [];
  /** The page the last cell came from: the next one is nearly always beside it. */
  #last: { page: number; block: number; rows: Rows } | undefined;

  constructor(shareId: string, revision: number, sheet: Sheet, cache: PageCache) {
    this.shareId = shareId;
    this.revision = revision;
    this.sheet = sheet;
    this.#cache = cache;
    const count = sheet.columns.length;
    this.#blockColumns = count > WIDE ? BLOCK_COLUMNS : Math.max(1, count);
    this.#loader = new PageLoader(cache, (address, signal) => this.#fetch(address, signal), {
      arrived: () => {
        this.#settle();
        this.onArrival();
      },
      failed: (error) => {
        this.#refuse(error);
        this.onFailure(error);
      },
    });
  }

  /** The cell, or undefined while it is not here yet. */
  cell(row: number, column: number): Cell | undefined {
    const block = Math.floor(column / this.#blockColumns);
    const rows = this.#page(Math.floor(row / PAGE_ROWS), block);
    return rows?.[row % PAGE_ROWS]?.[column - block * this.#blockColumns];
  }

  #page(page: number, block: number): Rows | undefined {
    if (this.#last?.page === page && this.#last.block === block) return this.#last.rows;
    const rows = this.#cache.get(this.#key(page, block));
    this.#last = rows && { page, block, rows };
    return rows;
  }

  /** Says which cells are looked at; `direction` is where the eye is going. */
  want(pane: Pane, direction: number, fast: boolean): void {
    const seen = this.#addresses(pane);
    const ahead = direction < 0 ? pane.rows.first - PAGE_ROWS : pane.rows.end + PAGE_ROWS - 1;
    const beyond = this.#addresses({
      rows: { first: ahead, end: ahead + 1 },
      columns: pane.columns,
    });
    this.#loader.want(fast ? seen : [...seen, ...beyond], fast);
  }

  /** Resolves when every cell of the pane is here. */
  load(pane: Pane): Promise<void> {
    if (this.#has(pane)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ pane, resolve, reject });
      this.#loader.want(this.#addresses(pane));
    });
  }

  stop(): void {
    this.#loader.stop();
  }

  #has(pane: Pane): boolean {
    return this.#addresses(pane).every((address) => this.#cache.has(address.key));
  }

  #settle(): void {
    const done = this.#waiting.filter((one) => this.#has(one.pane));
    this.#waiting = this.#waiting.filter((one) => !done.includes(one));
    for (const one of done) one.resolve();
  }

  #refuse(error: ApiError): void {
    if (error.temporary) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.reject(error);
  }

  #addresses({ rows, columns }: Pane): PageAddress[] {
    const first = Math.max(0, rows.first);
    const end = Math.min(this.sheet.rows, rows.end);
    const lastColumn = Math.max(columns.first, columns.end - 1);
    if (end <= first || this.sheet.columns.length === 0) return [];
    const found: PageAddress[] = [];
    for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS < end; page += 1) {
      const lastBlock = Math.floor(lastColumn / this.#blockColumns);
      for (
        let block = Math.floor(columns.first / this.#blockColumns);
        block <= lastBlock;
        block += 1
      ) {
        found.push(this.#address(page, block));
      }
    }
    return found;
  }

  #address(page: number, block: number): PageAddress {
    const start = block * this.#blockColumns;
    const { columns } = this.sheet;
    const all = columns.length <= this.#blockColumns;
    return {
      key: this.#key(page, block),
      offset: page * PAGE_ROWS,
      limit: PAGE_ROWS,
      columns: all
        ? undefined
        : columns.slice(start, start + this.#blockColumns).map((column) => column.key),
    };
  }

  /** The revision is in the key: its rows never change. */
  #key(page: number, block: number): string {
    return [this.shareId, this.revision, this.sheet.index, block, page].join('/');
  }

  async #fetch(address: PageAddress, signal: AbortSignal): Promise<Rows> {
    const { offset, limit, columns } = address;
    const request = {
      shareId: this.shareId,
      revision: this.revision,
      sheetIndex: this.sheet.index,
      offset,
      limit,
      columns,
    };
    return (await getRows(request, signal)) as Rows;
  }
}
