/**
 * What columns hold, fetched for those that somebody looks at, a few at a time and after the rows.
 * Nothing waits for it, and what was known before stays visible until it is known anew.
 */
import { SvelteMap } from 'svelte/reactivity';

import { getSummary } from '../api/client';
import { isAbort } from '../api/problem';
import type { Column } from '../api/types';
import type { TableView } from '../grid/view';
import type { Holding } from '../query/bars';
import { filterBy, nameOf, parametersOf, type RowQuery } from '../query/rows';
import type { Asker } from './asker.svelte';

const SETTLE_MS = 150;
const AT_ONCE = 6;
/** How many summaries of columns are kept. */
const KEPT = 2_000;

type Answer = Holding | 'failed';

export class Holdings {
  readonly #asker: Asker;
  readonly #known = new SvelteMap<string, Answer>();
  /** Column keys that are looked at, and by how many. */
  readonly #wanted = new Map<string, number>();
  #flying: AbortController | undefined;
  #flyingFor: TableView | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** What is known of a column under the present question. */
  of(column: string): Answer | undefined {
    const { view } = this.#asker.model;
    return view === null ? undefined : this.#known.get(keyOf(view, column));
  }

  /** Says that a column is looked at; the answer says that it no longer is. */
  want(column: string): () => void {
    this.#wanted.set(column, (this.#wanted.get(column) ?? 0) + 1);
    // Of other rows than those that are shown, nobody wants to know.
    if (this.#flyingFor !== this.#asker.model.view) this.#abort();
    this.#later();
    return () => {
      const left = (this.#wanted.get(column) ?? 1) - 1;
      if (left > 0) this.#wanted.set(column, left);
      else this.#wanted.delete(column);
    };
  }

  #abort(): void {
    this.#flying?.abort();
    this.#flying = undefined;
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#next(), SETTLE_MS);
  }

  async #next(): Promise<void> {
    const { view, asking } = this.#asker.model;
    if (view === null || this.#flying !== undefined) return;
    if (asking) {
      this.#later();
      return;
    }
    const missing = [...this.#wanted.keys()].filter((key) => !this.#known.has(keyOf(view, key)));
    const first = missing[0];
    if (first === undefined) return;
    const query = queryFor(view.query, first);
    const same = (key: string) => nameOf(queryFor(view.query, key)) === nameOf(query);
    const keys = missing.filter(same).slice(0, AT_ONCE);
    const flying = (this.#flying = new AbortController());
    this.#flyingFor = view;
    const found = await ask(view, keys, query, flying.signal);
    if (flying.signal.aborted) return;
    this.#flying = undefined;
    for (const [key, known] of found) this.#keep(keyOf(view, key), known);
    void this.#next();
  }

  #keep(key: string, known: Answer): void {
    this.#known.set(key, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(oldest);
    }
  }
}

/** Holdings by column; those of a question that has no answer have failed. */
async function ask(
  view: TableView,
  keys: readonly string[],
  query: RowQuery,
  signal: AbortSignal,
): Promise<Map<string, Answer>> {
  const found = new Map<string, Answer>(keys.map((key) => [key, 'failed']));
  const parameters: [string, string][] = [
    ['sheet_index', String(view.sheet.index)],
    ['columns', keys.join(',')],
    ...parametersOf(query),
  ];
  try {
    const holdings = await getSummary(view.shareId, view.revision, parameters, signal);
    for (const holding of holdings) found.set(holding.key, holding);
  } catch (error) {
    if (isAbort(error)) return new Map();
  }
  return found;
}

/**
 * Of which rows a column is summarised: the order changes nothing, and its own filters are left out,
 * so that there is something beside them to choose.
 */
function queryFor(query: RowQuery, column: string): RowQuery {
  return { ...filterBy(query, column, []), sort: [], natural: false };
}

function keyOf(view: TableView, column: string): string {
  const { revision, sheet, query } = view;
  return [revision, sheet.index, nameOf(queryFor(query, column)), column].join('/');
}

/** What is known of one column, as a part of the page shows it: made while that is set up. */
export class Known {
  readonly #column: () => Column;
  readonly #holdings: Holdings;
  #last = $state.raw<Answer | undefined>(undefined);

  constructor(asker: Asker, column: () => Column) {
    this.#column = column;
    // Not when it is first read: what is made within a derived value is not watched by it.
    this.#holdings = holdingsOf(asker);
    $effect(() => {
      void asker.model.view;
      return this.#holdings.want(column().key);
    });
    $effect(() => {
      if (this.#now !== undefined) this.#last = this.#now;
    });
  }

  readonly #now = $derived.by(() => this.#holdings.of(this.#column().key));
  /** What was known before, so that nothing flickers while something else is asked. */
  readonly #shown = $derived.by(() => this.#now ?? this.#last);

  get failed(): boolean {
    return this.#shown === 'failed';
  }

  /** Whether something newer is on its way. */
  get old(): boolean {
    return this.#now === undefined;
  }

  /** null: not known, or not yet. */
  get holding(): Holding | null {
    const shown = this.#shown;
    if (shown === undefined || shown === 'failed') return null;
    return shown.key === this.#column().key ? shown : null;
  }
}

const ofAskers = new WeakMap<Asker, Holdings>();

export function holdingsOf(asker: Asker): Holdings {
  const found = ofAskers.get(asker) ?? new Holdings(asker);
  ofAskers.set(asker, found);
  return found;
}
