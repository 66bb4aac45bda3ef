/**
 * The rows of one sheet of one revision that a query asks for, as the grid sees them: cells that
 * are here, and cells to come.
 */
import { getRows } from '../api/client';
import { type ApiError } from '../api/problem';
import type { Cell, Column, Sheet } from '../api/types';
import { nameOf, narrows, parametersOf, WHOLE, type RowQuery } from '../query/rows';
import { AS_IN_FILE, shownColumns, type Layout } from '../query/layout';
import { PageCache, type Rows } from './cache';
import { PageLoader, type PageAddress } from './loader';
import { numbersIn, type Span } from './scroll';

const PAGE_ROWS = 100;
/** Wider sheets are fetched in blocks of columns, so that 2,000 of them cost no megabytes. */
const WIDE = 128;
const BLOCK_COLUMNS = 64;
/** How long changed cells are marked: as long as they fade (`GridRow.svelte`), and a little. */
const MARKED_MS = 6_500;

/** Which part of a table somebody looks at. */
export interface Pane {
  readonly rows: Span;
  readonly columns: Span;
}

/** The pane, moved into a table that may have become shorter or narrower. */
export function inside(pane: Pane, size: { rows: number; columns: readonly unknown[] }): Pane {
  const height = pane.rows.end - pane.rows.first;
  const rowEnd = Math.min(pane.rows.end, size.rows);
  const columnEnd = Math.min(Math.max(pane.columns.end, 1), size.columns.length);
  return {
    rows: { first: Math.max(0, rowEnd - height), end: rowEnd },
    columns: { first: Math.min(pane.columns.first, Math.max(0, columnEnd - 1)), end: columnEnd },
  };
}

/** What a reader who begins at this row may see, as long as he has not said it himself. */
export function paneFrom(row: number): Pane {
  return { rows: { first: row, end: row + 60 }, columns: { first: 0, end: 30 } };
}

interface Waiting {
  pane: Pane;
  /** Keys of the pages that are still to come. */
  missing: Set<string>;
  resolve: () => void;
  reject: (error: ApiError) => void;
}

export class TableView {
  readonly shareId: string;
  readonly revision: number;
  readonly sheet: Sheet;
  /** The columns that are shown, in their order. */
  readonly columns: readonly Column[];
  /** So many of them stay in sight while one scrolls sideways. */
  readonly pinned: number;
  /** What is asked of the rows, as far as this sheet can answer it. */
  readonly query: RowQuery;
  /** Names the query; part of the key of every page. */
  readonly question: string;
  /** The 0-based row a reader begins at. */
  start = 0;
  /** Cells that are not as they were in the revision before: columns by row. */
  marks: ReadonlyMap<number, ReadonlySet<number>> = new Map();
  /** Called whenever cells have arrived. */
  onArrival: () => void = () => undefined;
  /** Called when a page cannot be had. */
  onFailure: (error: ApiError) => void = () => undefined;
  /** Called when a page cannot be had now, and is asked for again. */
  onDelay: () => void = () => undefined;

  readonly #cache: PageCache;
  readonly #loader: PageLoader;
  readonly #blockColumns: number;
  /** Where each column that is shown stands in the sheet. */
  readonly #sources: readonly number[];
  /** Rows in a page: fewer where a hundred are more than the server sends at once. */
  #pageRows = PAGE_ROWS;
  #waiting: Waiting[] = [];
  #marked: ReturnType<typeof setTimeout> | undefined;
  #lookedAt: Pane | undefined;
  /** The page the last cell came from: the next one is nearly always beside it. */
  #last: { page: number; block: number; rows: Rows } | undefined;

  constructor(
    shareId: string,
    revision: number,
    sheet: Sheet,
    cache: PageCache,
    query: RowQuery = WHOLE,
    layout: Layout = AS_IN_FILE,
  ) {
    this.shareId = shareId;
    this.revision = revision;
    this.sheet = sheet;
    this.query = query;
    this.question = nameOf(query);
    this.#sources = shownColumns(layout, sheet.columns);
    this.columns = this.#sources
      .map((index) => sheet.columns[index])
      .filter((one) => one !== undefined);
    this.pinned = Math.min(layout.pinned, this.columns.length - 1);
    this.#cache = cache;
    const count = sheet.columns.length;
    this.#blockColumns = count > WIDE ? BLOCK_COLUMNS : Math.max(1, count);
    this.#loader = new PageLoader(cache, (address, signal) => this.#fetch(address, signal), {
      arrived: (key) => {
        this.#settle(key);
        this.onArrival();
      },
      failed: (error) => {
        if (error.code === 'page_too_large' && this.#pageRows > 1) this.#askForLess();
        else this.#refuse(error);
      },
    });
  }

  /** How many rows fit the query; of the whole sheet, until the first page of them is here. */
  get rows(): number {
    if (!narrows(this.query)) return this.sheet.rows;
    return this.#cache.total(this.#name()) ?? this.sheet.rows;
  }

  get size(): { rows: number; columns: readonly Column[] } {
    return { rows: this.rows, columns: this.columns };
  }

  /** The cell, or undefined while it is not here yet. */
  cell(row: number, column: number): Cell | undefined {
    const source = this.#sources[column] ?? -1;
    const block = Math.floor(source / this.#blockColumns);
    const rows = this.#page(Math.floor(row / this.#pageRows), block);
    return rows?.[row % this.#pageRows]?.[source - block * this.#blockColumns];
  }

  #page(page: number, block: number): Rows | undefined {
    if (this.#last?.page === page && this.#last.block === block) return this.#last.rows;
    const rows = this.#cache.get(this.#key(page, block));
    this.#last = rows && { page, block, rows };
    return rows;
  }

  /** Says which cells are looked at; `direction` is where the eye is going. */
  want(pane: Pane, direction: number, fast: boolean): void {
    this.#lookedAt = pane;
    const seen = this.#addresses(pane);
    const size = this.#pageRows;
    const ahead = direction < 0 ? pane.rows.first - size : pane.rows.end + size - 1;
    const beyond = this.#addresses({
      rows: { first: ahead, end: ahead + 1 },
      columns: pane.columns,
    });
    this.#loader.want(fast ? seen : [...seen, ...beyond], fast);
  }

  /** Resolves when every cell of the pane is here. */
  load(pane: Pane): Promise<void> {
    this.#lookedAt = pane;
    const missing = this.#missing(pane);
    if (missing.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ pane, missing, resolve, reject });
      this.#loader.want(this.#addresses(pane));
    });
  }

  /** Marks cells for a while. */
  mark(marks: TableView['marks']): void {
    this.marks = marks;
    this.onArrival();
    this.#marked = setTimeout(() => {
      this.marks = new Map();
      this.onArrival();
    }, MARKED_MS);
  }

  /** Nobody looks at it any more; who still waits for cells is let go. */
  stop(): void {
    clearTimeout(this.#marked);
    this.#loader.stop();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.resolve();
  }

  #missing(pane: Pane): Set<string> {
    const keys = this.#addresses(pane).map((address) => address.key);
    return new Set(keys.filter((key) => !this.#cache.has(key)));
  }

  #settle(key: string): void {
    for (const one of this.#waiting) one.missing.delete(key);
    const done = this.#waiting.filter((one) => one.missing.size === 0);
    this.#waiting = this.#waiting.filter((one) => one.missing.size > 0);
    for (const one of done) one.resolve();
  }

  /** Rows with very long cells: a page of them is too large for one answer. */
  #askForLess(): void {
    this.#pageRows = Math.max(1, Math.floor(this.#pageRows / 10));
    this.#last = undefined;
    for (const one of this.#waiting) one.missing = this.#missing(one.pane);
    if (this.#lookedAt !== undefined) this.#loader.want(this.#addresses(this.#lookedAt));
  }

  #refuse(error: ApiError): void {
    if (error.temporary) {
      this.onDelay();
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.reject(error);
    this.onFailure(error);
  }

  #addresses({ rows, columns }: Pane): PageAddress[] {
    const first = Math.max(0, rows.first);
    const end = Math.min(this.rows, rows.end);
    if (end <= first || this.columns.length === 0) return [];
    const found: PageAddress[] = [];
    const blocks = this.#blocks(columns);
    for (let page = Math.floor(first / this.#pageRows); page * this.#pageRows < end; page += 1) {
      for (const block of blocks) found.push(this.#address(page, block));
    }
    return found;
  }

  /** The blocks that columns are in, and those that are always in sight. */
  #blocks({ first, end }: Span): Set<number> {
    const shown = [
      ...numbersIn({ first: 0, end: this.pinned }),
      ...numbersIn({ first, end: Math.max(first + 1, end) }),
    ];
    const sources = shown.map((column) => this.#sources[column] ?? 0);
    return new Set(sources.map((source) => Math.floor(source / this.#blockColumns)));
  }

  /** The same rows with all columns, also those that are hidden here. */
  whole(): TableView {
    const { shareId, revision, sheet, query } = this;
    return new TableView(shareId, revision, sheet, this.#cache, query);
  }

  #address(page: number, block: number): PageAddress {
    const start = block * this.#blockColumns;
    const { columns } = this.sheet;
    const all = columns.length <= this.#blockColumns;
    return {
      key: this.#key(page, block),
      offset: page * this.#pageRows,
      limit: this.#pageRows,
      columns: all
        ? undefined
        : columns.slice(start, start + this.#blockColumns).map((column) => column.key),
    };
  }

  /** The revision is in the name: its rows never change. */
  #name(): string {
    return [this.shareId, this.revision, this.sheet.index, this.question].join('/');
  }

  #key(page: number, block: number): string {
    return [this.#name(), block, this.#pageRows, page].join('/');
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
      query: parametersOf(this.query),
    };
    const page = await getRows(request, signal);
    this.#cache.setTotal(this.#name(), page.total);
    return page.rows as Rows;
  }
}
