/** What the grid knows: where it is scrolled to, which cell is active, how wide columns are. */
import { untrack } from 'svelte';

import type { Column } from '../api/types';
import { density } from '../density.svelte';
import { finderOf } from '../query/search';
import { placeNow } from './columns';
import { glide } from './glide';
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
  type Span,
} from './scroll';
import { holds, rangeOf, type Kind, type Range, type Selection } from './selection';
import type { Pane, TableView } from './view';
import { Widths } from './widths.svelte';

export const HEADER_HEIGHT = 36;
/** Room for what a column holds, where that is shown. */
export const STRIP_HEIGHT = 58;
const SPARE_ROWS = 4;
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
  selection = $state.raw<Selection | null>(null);
  /** What came of the last thing that was done with the selection. */
  said = $state('');
  /** Whether the header of the active column is where the keyboard is. */
  inHeader = $state(false);
  /** The column that is on its way, and the gap before which column it would fall into. */
  moving = $state.raw<{ column: number; gap: number } | null>(null);
  /** Whether there is a picture of each column under its name. */
  strips = $state(false);
  /** Whether somebody has been in the grid: before that, no cell stands out. */
  entered = $state(false);
  /** Counts arrivals: cells that read it are read again. */
  arrivals = $state(0);
  #bar = 0;
  #columns: readonly Column[] = [];
  #direction = 1;
  #fast = false;
  /** The height of a row that `place` was reckoned with. */
  #placedFor = density.rowHeight;
  /** Called when the reader has moved the rows by himself. */
  onhand: () => void = () => undefined;

  constructor(view: () => TableView) {
    this.#view = view;
  }

  readonly view = $derived.by(() => this.#view());
  /** In pixels. */
  readonly rowHeight = $derived(density.rowHeight);
  readonly rows = $derived.by(() => this.view.rows);
  readonly columns = $derived.by(() => this.view.columns);
  /** Whether a cell holds what is searched for; null while nothing is. */
  readonly found = $derived.by(() => finderOf(this.view.query.search));

  /** For the rows of the whole sheet: columns stay where they are when fewer are asked for. */
  readonly numbersWidth = $derived.by(
    () => 37 + 7.2 * Math.max(2, this.view.sheet.rows.toLocaleString('en').length),
  );

  readonly widths = new Widths({
    view: () => this.view,
    nearRow: () => Math.floor(untrack(() => this.place) / this.rowHeight),
    left: () => this.left,
    room: () => Math.max(0, this.width - this.numbersWidth),
  });
  readonly layout = $derived.by(() => this.widths.layout);

  /** What is selected; null: no more than the active cell. */
  readonly range = $derived.by(() =>
    rangeOf(this.selection, this.active, { rows: this.rows, columns: this.columns.length }),
  );

  /** What is selected, or the active cell. */
  get chosen(): Range {
    const { row, column } = this.active;
    const one = (index: number): Span => ({ first: index, end: index + 1 });
    return this.range ?? { rows: one(row), columns: one(column) };
  }

  readonly headerHeight = $derived.by(() => HEADER_HEIGHT + (this.strips ? STRIP_HEIGHT : 0));
  readonly extent = $derived.by((): Extent => ({
    content: this.rows * this.rowHeight,
    viewport: Math.max(0, this.height - this.headerHeight),
  }));

  readonly spacerHeight = $derived.by(() => spacerHeight(this.extent) + this.headerHeight);
  readonly spacerWidth = $derived.by(() => this.layout.width + this.numbersWidth);

  readonly visibleRows = $derived.by(() =>
    visibleRows(this.place, this.extent, this.rowHeight, this.rows, SPARE_ROWS),
  );
  readonly visibleColumns = $derived.by(() => this.widths.visible);
  /** The first row that is not above the viewport. */
  readonly topRow = $derived.by(() =>
    Math.min(Math.max(0, this.rows - 1), Math.ceil(this.place / this.rowHeight - 0.01)),
  );
  readonly activeVisible = $derived.by(() => {
    const { row, column } = this.active;
    const { visibleRows: rows, visibleColumns: columns } = this;
    if (column >= this.widths.pinned && !holds(columns, column)) return false;
    return this.inHeader || holds(rows, row);
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
    this.halt = glide(this.place, clampPlace(row * this.rowHeight, this.extent), (place) => {
      this.#moveTo(place);
      this.settle(scroller);
    });
  }

  /** Stays where it is, though it was on its way elsewhere. */
  halt: () => void = () => undefined;

  /** Puts the bar where the place is; needed after every move that was not the bar's own. */
  settle(scroller: HTMLElement): void {
    // Where rows became higher or lower, the first one in sight stays.
    const scaled = (this.place / this.#placedFor) * this.rowHeight;
    this.#placedFor = this.rowHeight;
    const place = clampPlace(scaled, this.extent);
    if (place !== this.place) this.#moveTo(place);
    const bar = barOf(place, this.extent);
    if (Math.abs(scroller.scrollTop - bar) >= 1) scroller.scrollTop = bar;
    this.#bar = scroller.scrollTop;
    this.#fast = false;
  }

  readonly scaled = $derived.by(() => isScaled(this.extent));

  /** Where a reader begins in a view: nothing stands out yet at its very top. */
  begin(row: number, scroller: HTMLElement): void {
    const { entered, inHeader } = this;
    this.#columns = this.columns;
    this.selection = null;
    this.goTo(row, scroller);
    this.entered = entered || row > 0;
    this.inHeader = inHeader;
  }

  /** Shows a row at the top of the viewport and makes it the active one. */
  goTo(row: number, scroller: HTMLElement): void {
    this.entered = true;
    this.active = clampPosition({ ...this.active, row }, this.#bounds());
    this.#moveTo(clampPlace(this.active.row * this.rowHeight, this.extent));
    this.settle(scroller);
  }

  /** Makes a cell the active one; with a kind, everything from where one was up to it is selected. */
  activate(position: Position, scroller: HTMLElement, kind: Kind | null = null): void {
    this.entered = true;
    const from = this.selection?.kind === kind ? this.selection.from : this.active;
    this.selection = kind === null ? null : { kind, from };
    this.inHeader = false;
    this.active = clampPosition(position, this.#bounds());
    const top = this.active.row * this.rowHeight;
    const place = reveal(this.place, top, this.rowHeight, this.extent);
    if (place !== this.place) this.#byHand();
    this.#moveTo(place);
    this.settle(scroller);
    this.revealColumn(scroller);
  }

  /** Scrolls sideways, as little as possible, so that a column can be seen. */
  revealColumn(scroller: HTMLElement, column = this.active.column): void {
    const left = this.widths.reveal(column);
    if (left === this.left) return;
    scroller.scrollLeft = left;
    this.left = scroller.scrollLeft;
  }

  /** Handles a key; false when it is not the grid's. */
  press(event: KeyboardEvent, scroller: HTMLElement): boolean {
    const far = event.ctrlKey || event.metaKey;
    if (event.altKey) return false;
    if (this.inHeader || (event.key === 'ArrowUp' && this.active.row === 0)) {
      return this.#pressInHeader(event.key, far, scroller);
    }
    return this.#select(event.key, event.shiftKey, far) || this.#go(event, far, scroller);
  }

  #go(event: KeyboardEvent, far: boolean, scroller: HTMLElement): boolean {
    const next = moved(this.active, event.key, far, this.#bounds());
    if (next === null) return false;
    this.activate(next, scroller, event.shiftKey ? (this.selection?.kind ?? 'cells') : null);
    return true;
  }

  /** Keys that select without moving, as in a spreadsheet. */
  #select(key: string, shift: boolean, far: boolean): boolean {
    if (far && key.toLowerCase() === 'a') this.select('all');
    else if (key === ' ' && shift) this.select('rows');
    else if (key === ' ' && far) this.select('columns');
    else if (key === 'Escape' && this.selection !== null) this.selection = null;
    else return false;
    return true;
  }

  select(kind: Kind): void {
    this.entered = true;
    this.selection = { kind, from: this.active };
  }

  /** The cell at a point of the scroller; beyond its edges, the one that would be there. */
  cellAt(x: number, y: number): Position {
    const column = this.widths.at(x - this.numbersWidth);
    const row = Math.floor((this.place + y - this.headerHeight) / this.rowHeight);
    return clampPosition({ row, column }, this.#bounds());
  }

  /** Where a column begins, from the left edge of the grid. */
  xOf(column: number): number {
    return this.numbersWidth + this.widths.xOf(column);
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
    this.revealColumn(scroller);
    return true;
  }

  /** Keeps the active cell, in whichever place its column is after the view has changed. */
  clampActive(): void {
    const { selection, columns } = this;
    const before = this.#columns;
    const moved = ({ row, column }: Position): Position =>
      clampPosition({ row, column: placeNow(column, before, columns) }, this.#bounds());
    this.#columns = columns;
    if (selection !== null) this.selection = { ...selection, from: moved(selection.from) };
    this.active = moved(this.active);
  }

  #moveTo(place: number): void {
    const step = place - this.place;
    if (step !== 0) this.#direction = Math.sign(step);
    this.#fast = Math.abs(step) > FAST_ROWS * this.rowHeight;
    this.place = place;
  }

  #bounds() {
    const page = Math.max(1, Math.floor(this.extent.viewport / this.rowHeight) - 1);
    return { rows: this.rows, columns: this.columns.length, page };
  }
}
