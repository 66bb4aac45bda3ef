/**
 * Which columns are shown, in which order, and how many stay in sight while one scrolls sideways.
 * In an address it is `columns=a,b&pin=1`; `columns` is also what the API and exports understand.
 */
import type { Column } from '../api/types';

export interface Layout {
  /** Keys of the columns that are shown, in their order; null: all, as in the file. */
  readonly columns: readonly string[] | null;
  /** So many columns from the left stay in sight. */
  readonly pinned: number;
}

export const AS_IN_FILE: Layout = { columns: null, pinned: 0 };

export function layoutParameters({ columns, pinned }: Layout): [string, string][] {
  const found: [string, string][] = [];
  if (columns !== null) found.push(['columns', columns.join(',')]);
  if (pinned > 0) found.push(['pin', String(pinned)]);
  return found;
}

export function readLayout(search: URLSearchParams): Layout {
  const keys = (search.get('columns') ?? '').split(',').filter((key) => key !== '');
  const pinned = Number(search.get('pin'));
  return {
    columns: keys.length === 0 ? null : [...new Set(keys)],
    pinned: Number.isSafeInteger(pinned) && pinned > 0 ? pinned : 0,
  };
}

export function sameLayout(one: Layout, other: Layout): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Indexes of the columns that are shown: those the sheet has; all where it has none of them. */
export function shownColumns(layout: Layout, columns: readonly Column[]): number[] {
  const all = columns.map((_, index) => index);
  if (layout.columns === null) return all;
  const places = new Map(columns.map(({ key }, index) => [key, index]));
  const found = layout.columns.map((key) => places.get(key)).filter((one) => one !== undefined);
  return found.length === 0 ? all : found;
}

/** Keys that a layout names and a sheet does not have. */
export function lostColumns(layout: Layout, columns: readonly Column[]): string[] {
  const known = new Set(columns.map(({ key }) => key));
  return (layout.columns ?? []).filter((key) => !known.has(key));
}

function keysOf(layout: Layout, columns: readonly Column[]): string[] {
  return shownColumns(layout, columns).map((index) => columns[index]?.key ?? '');
}

/** The layout with these columns; where that is the file's own order, it need not be said. */
function withKeys(layout: Layout, keys: readonly string[], columns: readonly Column[]): Layout {
  const own = keys.length === columns.length && columns.every(({ key }, at) => key === keys[at]);
  return { columns: own ? null : keys, pinned: Math.min(layout.pinned, keys.length) };
}

/** Hides a column, never the last one. */
export function hide(layout: Layout, key: string, columns: readonly Column[]): Layout {
  const keys = keysOf(layout, columns);
  const at = keys.indexOf(key);
  if (at < 0 || keys.length === 1) return layout;
  const pinned = layout.pinned - (at < layout.pinned ? 1 : 0);
  return withKeys({ ...layout, pinned }, keys.toSpliced(at, 1), columns);
}

/** Shows a column again: behind the one that stands before it in the file. */
export function show(layout: Layout, key: string, columns: readonly Column[]): Layout {
  const keys = keysOf(layout, columns);
  if (keys.includes(key)) return layout;
  const before = columns.slice(
    0,
    columns.findIndex((column) => column.key === key),
  );
  const neighbour = before.findLast((column) => keys.includes(column.key));
  const at = neighbour === undefined ? 0 : keys.indexOf(neighbour.key) + 1;
  return withKeys(layout, keys.toSpliced(at, 0, key), columns);
}

/** Moves a column so that it stands at a place among those that are shown. */
export function move(layout: Layout, key: string, to: number, columns: readonly Column[]): Layout {
  const keys = keysOf(layout, columns);
  const at = keys.indexOf(key);
  if (at < 0) return layout;
  const place = Math.max(0, Math.min(keys.length - 1, to));
  return withKeys(layout, keys.toSpliced(at, 1).toSpliced(place, 0, key), columns);
}
