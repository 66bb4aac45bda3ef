/** How cells are shown: as they were written, or as the reader's language writes them. */
import type { Cell, Column } from '../api/types';
import type { TableView } from '../grid/view';
import { keep, kept } from '../kept';

const KEY = 'tablecast.display';
const SAID = /^(integer|number|date)/;

export type Say = (view: TableView, row: number, column: Column, text: string) => string;

class Display {
  local = $state(false);
  /** Null: as written. */
  say = $state.raw<Say | null>(null);

  constructor() {
    if (kept(KEY) === 'local') this.choose(true);
  }

  choose(local: boolean): void {
    this.local = local;
    keep(KEY, local ? 'local' : null);
    if (!local) this.say = null;
    else {
      import('./local.svelte').then(
        ({ sayLocally }) => (this.say = this.local ? sayLocally : null),
        () => (this.local = false),
      );
    }
  }

  /** What a cell is shown as; what is copied, exported and linked is always what was written. */
  shown(view: TableView, row: number, column: Column | undefined, cell: NonNullable<Cell>): string {
    const text = String(cell);
    if (this.say === null || column === undefined || !SAID.test(column.type)) return text;
    return this.say(view, row, column, text);
  }
}

export const display = new Display();
