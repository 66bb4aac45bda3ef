/**
 * A share as its page sees it. The channel only says that something moved; `refresh` reads what is
 * there now and brings the page to it, from whatever state it was in.
 */
import { getRevision, getShare, renameShare } from '../api/client';
import { asApiError, type ApiError } from '../api/problem';
import type { Revision, Share } from '../api/types';
import { PageCache } from '../grid/cache';
import { inside, paneFrom, TableView, type Pane } from '../grid/view';
import { AS_IN_FILE, type Layout } from '../query/layout';
import { answerable, isWhole, WHOLE, type RowQuery } from '../query/rows';
import type { Retyped } from './differing';
import type { Showing } from './news';
import { sheetOf } from './sheet';

export type Standing = 'loading' | 'there' | 'unknown' | 'deleted' | 'trouble';

const CACHE_BYTES = 1024 * 1024; // what goes is still in the browser's own cache
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8_000;

export class ShareModel {
  readonly id: string;
  /** A certain revision is looked at; null follows the newest. */
  pinned = $state<number | null>(null);
  standing = $state<Standing>('loading');
  /** Whether it was this page that did so, where it is deleted. */
  deletedHere = $state(false);
  share = $state.raw<Share | null>(null);
  /** The revision whose rows are on the screen. */
  shown = $state.raw<Revision | null>(null);
  /** The last accepted revision, where it is not the head: being read, or failed. */
  latest = $state.raw<Revision | null>(null);
  view = $state.raw<TableView | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Where the reader has paused: this revision stays on the screen until he goes on. */
  held = $state<number | null>(null);
  /** What a person should hear about: a new revision, in a sentence. */
  news = $state('');
  /** Columns that have another type than when something was asked of them. */
  retyped = $state.raw<readonly Retyped[]>([]);
  sheetName = $state<string | null>(null);
  /** What is asked of the rows; those on the screen may still answer what was asked before. */
  query = $state.raw<RowQuery>(WHOLE);
  /** Which columns are shown, and how. */
  layout = $state.raw<Layout>(AS_IN_FILE);
  /** Whether an answer to `query` is on its way. */
  asking = $state(false);
  /** Whether the server could not answer at once, and is asked again. */
  delayed = $state(false);
  /** Why `query` has no answer. */
  refusal = $state.raw<ApiError | null>(null);
  /** Grows when another table is shown, not when the same one has a new revision. */
  table = $state(0);

  /** What is looked at now, so that the rows of a new revision are there before it is shown. */
  pane: () => Pane = () => paneFrom(0);

  /** Why the rows of the newest revision cannot be shown, when asking again will not help. */
  readonly complaint = $derived(
    this.error === null || this.error.temporary ? '' : this.error.message,
  );
  readonly editable = $derived(this.share?.access === 'edit');
  /** The revision that the page stays at; null: it follows the newest. */
  readonly stays = $derived(this.pinned ?? this.held);
  /** How many revisions are newer than that. */
  readonly newer = $derived(Math.max(0, (this.share?.head ?? 0) - (this.stays ?? Infinity)));
  readonly #cache = new PageCache(CACHE_BYTES);
  #running = false;
  #again = false;
  #stopped = false;
  #coming: TableView | null = null;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** With `pinned`, that revision is shown, whatever the head is. */
  constructor(
    id: string,
    sheetName: string | null,
    pinned: number | null = null,
    query = WHOLE,
    layout = AS_IN_FILE,
  ) {
    this.id = id;
    this.pinned = pinned;
    this.sheetName = sheetName;
    this.query = query;
    this.layout = layout;
  }

  /** Reads the share and follows its head; calls while it runs make it run once more. */
  async refresh(): Promise<void> {
    this.#again = true;
    // A head that is still loading its rows may be superseded by what is there now.
    if (this.#running) return;
    this.#running = true;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      await this.#readOnce();
    }
    this.#running = false;
  }

  /** Reads only how far the reading of the latest revision is, unless it has come to an end. */
  async refreshProgress(): Promise<void> {
    const reading = this.latest;
    if (reading?.state !== 'processing' || this.#running) return this.refresh();
    try {
      const revision = await getRevision(this.id, reading.number);
      if (revision.state !== 'processing') return await this.refresh();
      if (this.latest?.number === revision.number) this.latest = revision;
    } catch (error) {
      this.#fail(asApiError(error));
    }
  }

  gone(): void {
    this.standing = this.share === null ? 'unknown' : 'deleted';
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.view?.stop();
    this.#coming?.stop();
  }

  /** Goes to a certain revision, or back to the newest (null); the rows stay until those are here. */
  async pin(revision: number | null): Promise<void> {
    this.held = null;
    this.pinned = revision;
    await this.refresh();
    if (revision !== null) this.news = '';
  }

  /** Stays at what is on the screen; what is newer is only counted. */
  pause(): void {
    this.held = this.shown?.number ?? null;
    if (this.#coming?.revision === this.held) return;
    this.#coming?.stop();
    this.#settle();
  }

  async rename(title: string): Promise<void> {
    this.share = await renameShare(this.id, title);
  }

  /** Asks another sheet, or the same one something else; what is shown stays until it is here. */
  async look(
    sheetName: string | null,
    query: RowQuery,
    row = 0,
    layout = this.layout,
  ): Promise<void> {
    this.sheetName = sheetName;
    this.query = query;
    this.layout = layout;
    this.news = '';
    this.retyped = [];
    this.refusal = null;
    if (this.shown === null) return this.refresh();
    try {
      await this.#lookAt(this.shown, row);
    } catch (error) {
      this.#refuse(query, asApiError(error));
    }
    // A head that was on its way has been superseded by this.
    if (this.#wanted() !== this.shown.number) void this.refresh();
  }

  /** Shows other columns, or the same in another order, of the same rows. */
  async arrange(layout: Layout): Promise<void> {
    this.layout = layout;
    try {
      if (this.shown !== null) await this.#show(this.shown, this.pane(), this.view?.start);
    } catch (error) {
      this.#refuse(this.query, asApiError(error));
    }
  }

  async #lookAt(revision: Revision, row: number): Promise<void> {
    const before = this.view?.sheet;
    const same = sheetOf(revision, this.sheetName) === before;
    const first = paneFrom(row);
    const pane = same ? { ...first, columns: this.pane().columns } : first;
    const done = await this.#show(revision, pane, row);
    if (done && this.view?.sheet !== before) this.table += 1;
  }

  #wanted(): number | null {
    return this.stays ?? this.share?.head ?? null;
  }

  #refuse(query: RowQuery, error: ApiError): void {
    if (query !== this.query || this.#stopped) return;
    if (error.status === 404 || error.status === 410) void this.refresh();
    else this.refusal = error;
  }

  async #readOnce(): Promise<void> {
    let share: Share | undefined;
    try {
      share = await getShare(this.id);
      await this.#readLatest(share);
      this.share = share;
      this.standing = 'there';
      this.error = null;
      this.#failures = 0;
      const wanted = this.#wanted();
      if (wanted !== null && wanted !== this.shown?.number) await this.#follow(wanted);
    } catch (error) {
      this.#fail(asApiError(error), share !== undefined);
    }
  }

  async #readLatest({ latest, head }: Share): Promise<void> {
    this.latest = latest === 0 || latest === head ? null : await getRevision(this.id, latest);
  }

  async #follow(head: number): Promise<void> {
    const revision = await getRevision(this.id, head);
    // Meanwhile the reader may have said that he stays.
    if (this.#wanted() !== head) return;
    const { query, shown, view } = this;
    try {
      const done = await this.#show(revision, this.pane());
      if (done && shown !== null) await this.#tell({ revision: shown, view }, revision, this.view);
    } catch (error) {
      if (isWhole(query)) throw error;
      this.#refuse(query, asApiError(error));
    }
  }

  async #tell(before: Showing, revision: Revision, view: TableView | null): Promise<void> {
    // Who cannot be told what has changed still sees it.
    const telling = await import('./news').catch(() => null);
    if (telling === null || this.view !== view) return;
    this.news = telling.tell(before, { revision, view }, this.pane());
    this.retyped = telling.turned(this.retyped, before, { revision, view });
  }

  /** Loads what the reader will see, then swaps: old rows stay until the new ones are there. */
  async #show(revision: Revision, pane: Pane, start = 0): Promise<boolean> {
    this.#coming?.stop();
    this.delayed = false;
    const sheet = sheetOf(revision, this.sheetName);
    if (sheet === undefined) return this.#swap(revision, null);
    const { query } = answerable(this.query, sheet.columns);
    const view = new TableView(this.id, revision.number, sheet, this.#cache, query, this.layout);
    view.start = start;
    view.onDelay = () => (this.delayed = true);
    this.#coming = view;
    this.asking = true;
    try {
      await view.load(inside(pane, view.size));
      // Only its first page says how many rows fit: there may be none where they were looked for.
      if (this.#coming === view) await view.load(inside(pane, view.size));
      if (this.#stopped || this.#coming !== view) return false;
    } catch (error) {
      if (this.#coming !== view) return false;
      this.#settle();
      throw error;
    }
    return this.#swap(revision, view);
  }

  #swap(revision: Revision, view: TableView | null): true {
    this.#settle();
    this.shown = revision;
    this.view = view;
    return true;
  }

  /** Nothing is on its way any more. */
  #settle(): void {
    this.#coming = null;
    this.asking = false;
    this.delayed = false;
  }

  #fail(error: ApiError, found = false): void {
    if (error.status === 404 || error.status === 410) {
      // The share is there: it is the revision asked for that never was.
      if (found && this.pinned !== null) this.standing = 'unknown';
      else this.gone();
      return;
    }
    this.error = error;
    if (this.share === null) this.standing = 'trouble';
    if (error.temporary && !this.#stopped) this.#refreshLater();
  }

  /** The channel has already told of what could not be read, and will not tell it twice. */
  #refreshLater(): void {
    clearTimeout(this.#retry);
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retry = setTimeout(() => void this.refresh(), wait * (0.5 + Math.random() / 2));
  }
}
