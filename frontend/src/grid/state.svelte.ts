/** What the grid knows: where it is scrolled to, which cell is active, how wide columns are. */
import { untrack } from 'svelte';

import { clampWidth, fittingWidth, layOut, visibleColumns } from './columns';
import { clampPosition, moved, type Position } from './keys';
import {
  barOf,
  clampPlace,
  follow,
  isScaled,
  reveal,
  spacerHeight,
  visibleRows,
  type Extent,
} from './scroll';
import type { Pane, TableView } from './view';

export const ROW_HEIGHT = 30;
export const HEADER_HEIGHT = 36;
const SPARE_ROWS = 4;
const SAMPLE_ROWS = 60;
/** Rows a single step may skip before the scrolling counts as fast. */
const FAST_ROWS = 60;

export class GridState {
  readonly #view: () => TableView;
  /** Vertical position in pixels of the full table. */
  place = $state(0);
  left = $state(0);
  width = $state(0);
  height = $state(0);
  active = $state.raw<Position>({ row: 0, column: 0 });
  /** Whether somebody has been in the grid: before that, no cell stands out. */
  entered = $state(false);
  /** Counts arrivals: cells that read it are read again. */
  arrivals = $state(0);
  /** Widths a person has dragged, by column key: they outlive a revision. */
  #dragged = $state.raw<ReadonlyMap<string, number>>(new Map());
  #bar = 0;
  #direction = 1;
  #fast = false;

  constructor(view: () => TableView) {
    this.#view = view;
  }

  readonly view = $derived.by(() => this.#view());
  readonly rows = $derived.by(() => this.view.sheet.rows);
  readonly columns = $derived.by(() => this.view.sheet.columns);

  readonly numbersWidth = $derived.by(
    () => 26 + 8.2 * Math.max(2, this.rows.toLocaleString('en').length),
  );

  /** Widths are fitted once per view, to the cells that are there when it is first shown. */
  readonly #fitted = $derived.by(() => {
    const { view } = this;
    const sample = Math.min(SAMPLE_ROWS, view.sheet.rows);
    const from = this.#sampleStart(view, sample);
    return view.sheet.columns.map((column, index) => {
      const cells = [];
      for (let row = from; row < from + sample; row += 1) {
        const cell = view.cell(row, index);
        if (cell !== undefined) cells.push(cell);
      }
      return fittingWidth(column, cells);
    });
  });

  readonly layout = $derived.by(() =>
    layOut(
      this.columns.map(
        (column, index) => this.#dragged.get(column.key) ?? this.#fitted[index] ?? 120,
      ),
    ),
  );

  readonly extent = $derived.by((): Extent => ({
    content: this.rows * ROW_HEIGHT,
    viewport: Math.max(0, this.height - HEADER_HEIGHT),
  }));

  readonly spacerHeight = $derived.by(() => spacerHeight(this.extent) + HEADER_HEIGHT);
  readonly spacerWidth = $derived.by(() => this.layout.width + this.numbersWidth);

  readonly visibleRows = $derived.by(() =>
    visibleRows(this.place, this.extent, ROW_HEIGHT, this.rows, SPARE_ROWS),
  );
  readonly visibleColumns = $derived.by(() =>
    visibleColumns(this.layout, this.left, Math.max(0, this.width - this.numbersWidth)),
  );
  /** The first row that is not above the viewport. */
  readonly topRow = $derived.by(() =>
    Math.min(Math.max(0, this.rows - 1), Math.ceil(this.place / ROW_HEIGHT - 0.01)),
  );
  readonly activeVisible = $derived.by(() => {
    const { row, column } = this.active;
    const { visibleRows: rows, visibleColumns: columns } = this;
    return row >= rows.first && row < rows.end && column >= columns.first && column < columns.end;
  });

  get pane(): Pane {
    return { rows: this.visibleRows, columns: this.visibleColumns };
  }

  /** Asks the view for what is looked at. */
  want(): void {
    this.view.want(this.pane, this.#direction, this.#fast);
  }

  /** The native bar has moved by itself. */
  scrolled(scroller: HTMLElement): void {
    this.left = scroller.scrollLeft;
    const bar = scroller.scrollTop;
    if (bar === this.#bar) return;
    const place = follow(this.place, this.#bar, bar, this.extent);
    this.#bar = bar;
    this.#moveTo(place);
  }

  /** Puts the bar where the place is; needed after every move that was not the bar's own. */
  settle(scroller: HTMLElement): void {
    const place = clampPlace(this.place, this.extent);
    if (place !== this.place) this.#moveTo(place);
    const bar = barOf(place, this.extent);
    if (Math.abs(scroller.scrollTop - bar) >= 1) scroller.scrollTop = bar;
    this.#bar = scroller.scrollTop;
    this.#fast = false;
  }

  get scaled(): boolean {
    return isScaled(this.extent);
  }

  /** Shows a row at the top of the viewport and makes it the active one. */
  goTo(row: number, scroller: HTMLElement): void {
    this.entered = true;
    this.active = clampPosition({ ...this.active, row }, this.#bounds());
    this.#moveTo(clampPlace(this.active.row * ROW_HEIGHT, this.extent));
    this.settle(scroller);
  }

  activate(position: Position, scroller: HTMLElement): void {
    this.entered = true;
    this.active = clampPosition(position, this.#bounds());
    const top = this.active.row * ROW_HEIGHT;
    this.#moveTo(reveal(this.place, top, ROW_HEIGHT, this.extent));
    this.settle(scroller);
    const edges = this.layout.edges;
    const room = {
      content: this.layout.width,
      viewport: Math.max(1, this.width - this.numbersWidth),
    };
    const start = edges[this.active.column] ?? 0;
    const size = (edges[this.active.column + 1] ?? start) - start;
    const left = reveal(this.left, start, Math.min(size, room.viewport), room);
    if (left !== this.left) {
      scroller.scrollLeft = left;
      this.left = scroller.scrollLeft;
    }
  }

  /** Handles a key; false when it is not the grid's. */
  press(event: KeyboardEvent, scroller: HTMLElement): boolean {
    const far = event.ctrlKey || event.metaKey;
    const next = moved(this.active, event.key, far, this.#bounds());
    if (next === null || event.altKey) return false;
    this.activate(next, scroller);
    return true;
  }

  /** Keeps the active cell inside the table after its view has changed. */
  clampActive(): void {
    this.active = clampPosition(this.active, this.#bounds());
  }

  resize(key: string, width: number): void {
    this.#dragged = new Map(this.#dragged).set(key, clampWidth(width));
  }

  /** Back to the width that fits the content. */
  fit(key: string): void {
    const dragged = new Map(this.#dragged);
    dragged.delete(key);
    this.#dragged = dragged;
  }

  #moveTo(place: number): void {
    const step = place - this.place;
    if (step !== 0) this.#direction = Math.sign(step);
    this.#fast = Math.abs(step) > FAST_ROWS * ROW_HEIGHT;
    this.place = place;
  }

  #bounds() {
    const page = Math.max(1, Math.floor(this.extent.viewport / ROW_HEIGHT) - 1);
    return { rows: this.rows, columns: this.columns.length, page };
  }

  #sampleStart(view: TableView, sample: number): number {
    if (view.cell(0, 0) !== undefined) return 0;
    const near = Math.floor(untrack(() => this.place) / ROW_HEIGHT);
    return Math.max(0, Math.min(view.sheet.rows - sample, near));
  }
}
