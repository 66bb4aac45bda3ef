/** What the header of a grid shows and starts, where its table can be asked something. */
import type { Component } from 'svelte';

import type { Column } from '../api/types';
import type { SortKey } from '../query/rows';

/** A picture of what a column holds, under its name. */
export type Strip = Component<{ column: Column; width: number }>;

export interface HeaderAsking {
  readonly sort: readonly SortKey[];
  /** Keys of the columns that have a filter. */
  readonly filtered: ReadonlySet<string>;
  /** Key of the column whose panel is open. */
  readonly open: string | null;
  readonly strip: Strip | null;
  /** Whether what is seen is about to be exported. */
  giving: boolean;
  toggleSort(key: string, add: boolean): void;
  /** Moves a column to a place among those that are shown; resolves when it is there. */
  move(key: string, to: number): Promise<void>;
  /** Opens the panel of a column beside its header. */
  openPanel(column: Column, anchor: HTMLElement): void;
}

export interface SortMark {
  readonly descending: boolean;
  /** 1-based, among the columns that are sorted by; 0 where there is one alone. */
  readonly place: number;
}

export function sortMark(sort: readonly SortKey[], key: string): SortMark | null {
  const at = sort.findIndex((one) => one.key === key);
  const found = sort[at];
  if (found === undefined) return null;
  return { descending: found.descending, place: sort.length > 1 ? at + 1 : 0 };
}

/** Only one header may say it by `aria-sort`: the first. */
export function ariaSort(mark: SortMark | null): 'ascending' | 'descending' | 'none' {
  if (mark === null || mark.place > 1) return 'none';
  return mark.descending ? 'descending' : 'ascending';
}
