/** The first rows of an upload, as the grid sees a table: all of it is here, nothing is fetched. */
import type { Cell, Inspection } from '../api/types';
import { PageCache, type Rows } from '../grid/cache';
import { TableView } from '../grid/view';

/** No revision: there is none yet. */
const NONE = 0;

export class ProvisionalView extends TableView {
  readonly #rows: Rows;

  constructor(shareId: string, found: Inspection['sheets'][number]) {
    const { index, name, columns } = found;
    super(shareId, NONE, { index, name, columns, rows: found.first_rows.length }, new PageCache(0));
    this.#rows = found.first_rows;
  }

  override cell(row: number, column: number): Cell | undefined {
    return this.#rows[row]?.[column];
  }

  override want(): void {
    // Nothing more is to be had before the revision is ready.
  }

  override load(): Promise<void> {
    return Promise.resolve();
  }
}
