/** What the grid knows: where it is scrolled to, which cell is active, how wide columns are. */
import { untrack } from 'svelte';

import type { Sheet } from '../api/types';
import { finderOf } from '../query/search';
import { clampWidth, fittingWidth, layOut, visibleColumns } from './columns';
import { glideAt, glideFrom, isCalm } from './glide';
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
/** Room for what a column holds, where that is shown. */
export const STRIP_HEIGHT = 58;
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
  /** Whether the header of the active column is where the keyboard is. */
  inHeader = $state(false);
  /** Whether there is a picture of each column under its name. */
  strips = $state(false);
  /** Whether somebody has been in the grid: before that, no cell stands out. */
  entered = $state(false);
  /** Counts arrivals: cells that read it are read again. */
  arrivals = $state(0);
  /** Widths a person has dragged, by column key: they outlive a revision. */
  #dragged = $state.raw<ReadonlyMap<string, number>>(new Map());
  #bar = 0;
  #direction = 1;
  #fast = false;
  #gliding = 0;
  /** Called when the reader has moved the rows by himself. */
  onhand: () => void = () => undefined;

  constructor(view: () => TableView) {
    this.#view = view;
  }

  readonly view = $derived.by(() => this.#view());
  readonly rows = $derived.by(() => this.view.rows);
  readonly columns = $derived.by(() => this.view.sheet.columns);
  /** Whether a cell holds what is searched for; null while nothing is. */
  readonly found = $derived.by(() => finderOf(this.view.query.search));

  /** For the rows of the whole sheet: columns stay where they are when fewer are asked for. */
  readonly numbersWidth = $derived.by(
    () => 26 + 8.2 * Math.max(2, this.view.sheet.rows.toLocaleString('en').length),
  );

  #fittedSheet: Sheet | undefined;
  #fittedWidths: readonly number[] = [];
  /** Widths are fitted once per sheet, to the cells that are there when it is first shown. */
  readonly #fitted = $derived.by(() => {
    const { sheet } = this.view;
    if (sheet !== this.#fittedSheet) {
      this.#fittedSheet = sheet;
      this.#fittedWidths = this.#fittingWidths();
    }
    return this.#fittedWidths;
  });

  #fittingWidths(): number[] {
    const { view } = this;
    const sample = Math.min(SAMPLE_ROWS, view.rows);
    const from = this.#sampleStart(view, sample);
    return view.sheet.columns.map((column, index) => {
      const cells = [];
      for (let row = from; row < from + sample; row += 1) {
        const cell = view.cell(row, index);
        if (cell !== undefined) cells.push(cell);
      }
      return fittingWidth(column, cells);
    });
  }

  readonly layout = $derived.by(() =>
    layOut(
      this.columns.map(
        (column, index) => this.#dragged.get(column.key) ?? this.#fitted[index] ?? 120,
      ),
    ),
  );

  readonly headerHeight = $derived.by(() => HEADER_HEIGHT + (this.strips ? STRIP_HEIGHT : 0));
  readonly extent = $derived.by((): Extent => ({
    content: this.rows * ROW_HEIGHT,
    viewport: Math.max(0, this.height - this.headerHeight),
  }));

  readonly spacerHeight = $derived.by(() => spacerHeight(this.extent) + this.headerHeight);
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
    if (column < columns.first || column >= columns.end) return false;
    return this.inHeader || (row >= rows.first && row < rows.end);
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
    this.#byHand();
    this.#moveTo(place);
  }

  #byHand(): void {
    this.halt();
    this.onhand();
  }

  /** Brings a row to the top, near ones at a pace that an eye can follow. */
  glide(row: number, scroller: HTMLElement): void {
    this.halt();
    const target = clampPlace(row * ROW_HEIGHT, this.extent);
    const way = glideFrom(this.place, target);
    const begun = performance.now();
    const step = (now: number): void => {
      const place = glideAt(way, target, now - begun);
      this.#moveTo(place);
      this.settle(scroller);
      this.#gliding = place === target ? 0 : requestAnimationFrame(step);
    };
    step(document.hidden || isCalm() ? Infinity : begun);
  }

  /** Stays where it is, though it was on its way elsewhere. */
  halt(): void {
    cancelAnimationFrame(this.#gliding);
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

  /** Where a reader begins in a view: nothing stands out yet at its very top. */
  begin(row: number, scroller: HTMLElement): void {
    const { entered, inHeader } = this;
    this.goTo(row, scroller);
    this.entered = entered || row > 0;
    this.inHeader = inHeader;
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
    this.inHeader = false;
    this.active = clampPosition(position, this.#bounds());
    const top = this.active.row * ROW_HEIGHT;
    const place = reveal(this.place, top, ROW_HEIGHT, this.extent);
    if (place !== this.place) this.#byHand();
    this.#moveTo(place);
    this.settle(scroller);
    this.#revealColumn(scroller);
  }

  #revealColumn(scroller: HTMLElement): void {
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
    if (event.altKey) return false;
    if (this.inHeader || (event.key === 'ArrowUp' && this.active.row === 0)) {
      return this.#pressInHeader(event.key, far, scroller);
    }
    const next = moved(this.active, event.key, far, this.#bounds());
    if (next === null) return false;
    this.activate(next, scroller);
    return true;
  }

  /** The header is above the first row: down leads back into the rows, to where one came from. */
  #pressInHeader(key: string, far: boolean, scroller: HTMLElement): boolean {
    const bounds = { ...this.#bounds(), rows: 1 };
    const next = moved({ row: 0, column: this.active.column }, key, far, bounds);
    if (next === null) return false;
    if (key === 'ArrowDown' || key === 'PageDown') {
      this.inHeader = false;
      if (this.rows > 0) this.activate(this.active, scroller);
      return true;
    }
    this.entered = true;
    this.inHeader = true;
    this.active = { row: this.active.row, column: next.column };
    this.#revealColumn(scroller);
    return true;
  }

  /** Keeps the active cell inside the table after its view has changed. */
  clampActive(): void {
    this.active = clampPosition(this.active, this.#bounds());
  }

  widthOf(key: string): number {
    const index = this.columns.findIndex((column) => column.key === key);
    return (this.layout.edges[index + 1] ?? 0) - (this.layout.edges[index] ?? 0);
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
    return Math.max(0, Math.min(view.rows - sample, near));
  }
}
