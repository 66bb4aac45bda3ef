/** How wide the columns of a grid are, where each of them is, and which of them are in sight. */
import type { Column, Sheet } from '../api/types';
import { display, type Say } from '../format/display.svelte';
import {
  clampWidth,
  fitting,
  lastEdgeAtMost,
  layOut,
  spread,
  visibleColumns,
  type Fit,
} from './columns';
import { reveal, type Span } from './scroll';
import type { TableView } from './view';

const SAMPLE_ROWS = 60;
/** The part of the window that columns may take which never leave it. */
const MOST_PINNED = 0.6;

/** What is looked at, and where. */
interface Sight {
  view: () => TableView;
  /** The first row in sight. */
  nearRow: () => number;
  /** How far the columns are scrolled. */
  left: () => number;
  /** Pixels for all columns. */
  room: () => number;
}

export class Widths {
  readonly #sight: Sight;
  /** By column key: they outlive a revision. */
  #dragged = $state.raw<ReadonlyMap<string, number>>(new Map());
  #sheet: Sheet | undefined;
  #say: Say | null = null;
  #fitted = new Map<string, Fit>();

  constructor(sight: Sight) {
    this.#sight = sight;
  }

  /** Fitted once per sheet and way to show it, to the cells that are there when a column is first shown. */
  readonly layout = $derived.by(() => {
    const view = this.#sight.view();
    if (view.sheet !== this.#sheet || display.say !== this.#say) {
      this.#sheet = view.sheet;
      this.#say = display.say;
      this.#fitted = new Map();
    }
    const fits = view.columns.map((column, index) => this.#fit(view, column, index));
    const widths = spread(fits, this.#sight.room());
    return layOut(
      widths.map((width, at) => this.#dragged.get(view.columns[at]?.key ?? '') ?? width),
    );
  });

  /** Columns that stay in sight: fewer than asked for where they would fill the window. */
  readonly pinned = $derived.by(() => {
    const most = this.#sight.room() * MOST_PINNED;
    let count = this.#sight.view().pinned;
    while (count > 0 && (this.layout.edges[count] ?? 0) > most) count -= 1;
    return Math.max(0, count);
  });
  readonly pinnedWidth = $derived.by(() => this.layout.edges[this.pinned] ?? 0);
  /** Those beyond the pinned ones that can be seen. */
  readonly visible = $derived.by((): Span => {
    const width = Math.max(0, this.#sight.room() - this.pinnedWidth);
    const { first, end } = visibleColumns(
      this.layout,
      this.#sight.left() + this.pinnedWidth,
      width,
    );
    return { first: Math.max(first, this.pinned), end };
  });

  /** Where a column begins, from the left edge of all columns. */
  xOf(column: number): number {
    return (this.layout.edges[column] ?? 0) - (column < this.pinned ? 0 : this.#sight.left());
  }

  /** The column at a point. */
  at(x: number): number {
    const moved = x < this.pinnedWidth ? 0 : this.#sight.left();
    return lastEdgeAtMost(this.layout.edges, Math.max(0, x + moved));
  }

  /** The gap between columns nearest to a point, named after the column to the right of it. */
  gapAt(x: number): number {
    const column = this.at(x);
    return x > (this.xOf(column) + this.xOf(column + 1)) / 2 ? column + 1 : column;
  }

  /** How far to scroll, as little as possible, so that a column can be seen. */
  reveal(column: number): number {
    const left = this.#sight.left();
    if (column < this.pinned) return left;
    const viewport = Math.max(1, this.#sight.room() - this.pinnedWidth);
    const start = this.layout.edges[column] ?? 0;
    const size = (this.layout.edges[column + 1] ?? start) - start;
    const content = this.layout.width - this.pinnedWidth;
    return reveal(left, start - this.pinnedWidth, Math.min(size, viewport), {
      content,
      viewport,
    });
  }

  of(key: string): number {
    const index = this.#sight.view().columns.findIndex((column) => column.key === key);
    return (this.layout.edges[index + 1] ?? 0) - (this.layout.edges[index] ?? 0);
  }

  resize(key: string, width: number): void {
    this.#dragged = new Map(this.#dragged).set(key, clampWidth(width));
  }

  /** To the width that fits the content. */
  fit(key: string): void {
    this.resize(key, this.#fitted.get(key)?.whole ?? 0);
  }

  #fit(view: TableView, column: Column, index: number): Fit {
    const known = this.#fitted.get(column.key);
    if (known !== undefined) return known;
    const sample = Math.min(SAMPLE_ROWS, view.rows);
    const from = this.#sampleStart(view, sample);
    const cells = [];
    for (let row = from; row < from + sample; row += 1) {
      const cell = view.cell(row, index);
      if (cell != null) cells.push(display.shown(view, row, column, cell));
      else if (cell === null) cells.push(cell);
    }
    const fit = fitting(column, cells);
    this.#fitted.set(column.key, fit);
    return fit;
  }

  #sampleStart(view: TableView, sample: number): number {
    if (view.cell(0, 0) !== undefined) return 0;
    return Math.max(0, Math.min(view.rows - sample, this.#sight.nearRow()));
  }
}
