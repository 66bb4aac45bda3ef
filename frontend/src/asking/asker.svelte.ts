/**
 * What a reader asks of the table on the screen. Every question is a step in the history of the
 * browser and part of the address: a link is a view, and the back button takes a question back.
 */
import { noteInAddress, readAddress, type View } from '../address.svelte';
import type { Column, Sheet } from '../api/types';
import type { HeaderAsking, Strip } from '../grid/header';
import { keep, kept } from '../kept';
import type { ShareModel } from '../pages/share.svelte';
import { sheetOf } from '../pages/sheet';
import { sameChart, type Chart } from '../query/chart';
import {
  AS_IN_FILE,
  hide,
  lostColumns,
  move,
  sameLayout,
  show,
  type Layout,
} from '../query/layout';
import {
  answerable,
  filterBy,
  nameOf,
  narrows,
  toggleFilters,
  toggleSort,
  WHOLE,
  type Filter,
  type RowQuery,
} from '../query/rows';

/** Under this name the parts of a table find it. */
export const ASKER = Symbol('asker');
const NOTE_MS = 300;
const KEPT = 'tablecast.summaries';

export interface OpenPanel {
  column: Column;
  /** What it is shown beside. */
  anchor: HTMLElement;
  /** Whether another column can be chosen in it. */
  choosing: boolean;
}

export class Asker implements HeaderAsking {
  readonly model: ShareModel;
  /** The column whose panel is open, and the header it belongs to. */
  panel = $state.raw<OpenPanel | null>(null);
  /** Whether the dialog with downloads and snippets is open. */
  giving = $state(false);
  /** The row whose cells are all shown, 0-based. */
  opened = $state<number | null>(null);
  /** Whether the list of columns is open. */
  choosing = $state(false);
  /** Whether what each column holds is wanted under its name. */
  summaries = $state(kept(KEPT) === 'shown');
  strip = $state.raw<Strip | null>(null);
  /** The first row in sight, 0-based. */
  top = $state(0);
  /** Called when the reader asks or moves by himself. */
  onhand: () => void = () => undefined;
  /** What is drawn of the rows on the screen. */
  chart = $state.raw<Chart | undefined>(readAddress().chart);
  /** The row of the match that was gone to last, 0-based; null: none was. */
  matched = $state<number | null>(null);
  /** Goes to the next match of the search, or to the one before (-1). */
  match: (step: 1 | -1) => Promise<void> = () => Promise.resolve();
  #row = 0;
  #noting: ReturnType<typeof setTimeout> | undefined;
  /** Whether the last step in the history is a search that is still being written. */
  writing = false;

  constructor(model: ShareModel) {
    this.model = model;
  }

  get query(): RowQuery {
    return this.model.query;
  }

  get sort(): RowQuery['sort'] {
    return this.query.sort;
  }

  readonly filtered = $derived.by(() => new Set(this.query.filters.map(({ key }) => key)));

  get narrows(): boolean {
    return narrows(this.query);
  }

  /** Whether there is more to a question than its header and its search say already. */
  get chipped(): boolean {
    return this.query.filters.length > 0 || this.query.sort.length > 1 || this.hidden > 0;
  }

  /** Whether there is something it has no answer to. */
  get wanting(): boolean {
    const { unanswered } = this;
    const lost = unanswered === null ? 0 : unanswered.lost.length + unanswered.lostSort.length;
    if (this.lostSheet !== null || this.lostColumns.length > 0) return true;
    return lost + this.model.retyped.length > 0 || this.model.refusal !== null;
  }

  /** How many columns are not shown. */
  get hidden(): number {
    const { view } = this.model;
    return view === null ? 0 : view.sheet.columns.length - view.columns.length;
  }

  get layout(): Layout {
    return this.model.layout;
  }

  get open(): string | null {
    return this.panel?.column.key ?? null;
  }

  /** What the table on the screen has no answer to. */
  readonly unanswered = $derived.by(() => {
    const { view } = this.model;
    return view === null ? null : answerable(this.query, view.sheet.columns);
  });

  /** The sheet that was asked for, where there is a choice and it is not among them. */
  readonly lostSheet = $derived.by(() => {
    const { shown, sheetName } = this.model;
    if (shown === null || sheetName === null || shown.sheets.length < 2) return null;
    return shown.sheets.some(({ name }) => name === sheetName) ? null : sheetName;
  });

  /** Columns that were asked for and are not there. */
  readonly lostColumns = $derived.by(() => lostColumns(this.layout, this.#columns));

  /** Asks something else; one search that is being written is one step. */
  ask(query: RowQuery, writing = false): void {
    if (nameOf(query) === nameOf(this.query)) return;
    const step = !(writing && this.writing);
    this.writing = writing;
    this.onhand();
    this.#go(this.model.sheetName, query, step);
  }

  toggleSort(key: string, add: boolean): void {
    this.ask(toggleSort(this.query, key, add));
  }

  filter(key: string, filters: readonly Filter[]): void {
    this.ask(filterBy(this.query, key, filters));
  }

  toggle(key: string, filters: readonly Filter[]): void {
    this.ask(toggleFilters(this.query, key, filters));
  }

  /** Draws something else, or nothing; a step that can be taken back. */
  draw(chart: Chart | undefined): void {
    if (sameChart(chart, this.chart)) return;
    this.onhand();
    this.writing = false;
    this.#write(false);
    this.chart = chart;
    this.#write(true);
  }

  /** Another sheet has other columns: nothing is asked of it yet. */
  choose(sheet: Sheet): void {
    this.writing = false;
    this.onhand();
    this.#go(sheet.name, WHOLE, true, AS_IN_FILE);
  }

  /** Shows columns otherwise; a step that can be taken back, like a question. */
  async arrange(layout: Layout): Promise<void> {
    if (sameLayout(layout, this.layout)) return;
    this.onhand();
    this.writing = false;
    this.#write(false);
    const arranged = this.model.arrange(layout);
    this.#write(true);
    await arranged;
  }

  hide(key: string): void {
    void this.arrange(hide(this.layout, key, this.#columns));
  }

  show(key: string): void {
    void this.arrange(show(this.layout, key, this.#columns));
  }

  /** Moves a column to a place among those that are shown. */
  move(key: string, to: number): Promise<void> {
    return this.arrange(move(this.layout, key, to, this.#columns));
  }

  /** Keeps so many columns in sight while one scrolls sideways. */
  pin(count: number): void {
    void this.arrange({ ...this.layout, pinned: count });
  }

  get #columns(): readonly Column[] {
    return this.model.view?.sheet.columns ?? [];
  }

  /** The reader has gone back or forth. */
  follow(): void {
    clearTimeout(this.#noting);
    this.writing = false;
    this.panel = null;
    this.onhand();
    const { sheet, query, row, layout, chart } = readAddress();
    if (!sameChart(chart, this.chart)) this.chart = chart;
    const { model } = this;
    const same = this.#sheetName(sheet) === this.#sheetName(model.sheetName);
    if (same && nameOf(query) === nameOf(model.query)) {
      if (!sameLayout(layout, model.layout)) void model.arrange(layout);
      return;
    }
    this.#row = row;
    void model.look(sheet, query, row, layout);
  }

  /** The reader has moved to this row (0-based), a link made now leads there; `top` is in sight. */
  note(row: number, top: number): void {
    this.#row = row;
    this.top = top;
    clearTimeout(this.#noting);
    this.#noting = setTimeout(() => {
      this.#write(false);
    }, NOTE_MS);
  }

  stop(): void {
    clearTimeout(this.#noting);
  }

  openPanel(column: Column, anchor: HTMLElement, choosing = false): void {
    this.panel = { column, anchor, choosing };
  }

  /** The reader has left the search: what is written there next is another step. */
  written(): void {
    this.writing = false;
  }

  showSummaries(shown: boolean): void {
    this.summaries = shown;
    keep(KEPT, shown ? 'shown' : null);
  }

  #go(sheet: string | null, query: RowQuery, step: boolean, layout = this.layout): void {
    // Where the reader was is where the back button leads.
    if (step) this.#write(false);
    if (sheet !== this.model.sheetName) this.chart = undefined;
    this.matched = null;
    this.#row = 0;
    void this.model.look(sheet, query, 0, layout);
    this.#write(step);
  }

  /** What is looked at, as a link names it. */
  get view(): View {
    const { query, layout, chart } = this;
    return { sheet: this.#sheetName(this.model.sheetName), query, layout, chart };
  }

  #write(step: boolean): void {
    clearTimeout(this.#noting);
    noteInAddress({ ...this.view, row: this.#row, revision: this.model.pinned }, step);
  }

  /** The sheet a name leads to; null where there is no choice. */
  #sheetName(name: string | null): string | null {
    const { shown } = this.model;
    if (shown === null) return name;
    return shown.sheets.length > 1 ? (sheetOf(shown, name)?.name ?? null) : null;
  }
}
