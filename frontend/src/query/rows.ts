/**
 * What is asked of the rows of a sheet: which of them, and in which order. In an address it is
 * written as the API writes it (`sort=-amount,name&amount__gte=5&q=oslo`), so that a link is a view.
 */
import type { Column } from '../api/types';

export const OPERATORS = [
  'eq',
  'ne',
  'lt',
  'lte',
  'gt',
  'gte',
  'contains',
  'startswith',
  'in',
  'isnull',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** One condition on one column; `value` as the API takes it. */
export interface Filter {
  readonly key: string;
  readonly operator: Operator;
  readonly value: string;
}

export interface SortKey {
  readonly key: string;
  readonly descending: boolean;
}

export interface RowQuery {
  /** All of them hold for every row. */
  readonly filters: readonly Filter[];
  /** Found in any column; empty: not asked. */
  readonly search: string;
  readonly sort: readonly SortKey[];
  /** Whether numbers inside text sort as numbers. */
  readonly natural: boolean;
}

/** Every row, in the order of the file. */
export const WHOLE: RowQuery = { filters: [], search: '', sort: [], natural: false };

/** Whether rows are left out. */
export function narrows(query: RowQuery): boolean {
  return query.filters.length > 0 || query.search !== '';
}

export function isWhole(query: RowQuery): boolean {
  return !narrows(query) && query.sort.length === 0;
}

/** The query as parameters of the API and of an address, always in the same order. */
export function parametersOf(query: RowQuery): [string, string][] {
  const found: [string, string][] = query.filters.map((filter) => [
    `${filter.key}__${filter.operator}`,
    filter.value,
  ]);
  if (query.search !== '') found.push(['q', query.search]);
  if (query.sort.length > 0) found.push(['sort', sortText(query.sort)]);
  if (query.natural && query.sort.length > 0) found.push(['collate', 'natural']);
  return found;
}

function sortText(sort: readonly SortKey[]): string {
  return sort.map(({ key, descending }) => (descending ? `-${key}` : key)).join(',');
}

/** Names a query: two that ask the same of the rows have one name. */
export function nameOf(query: RowQuery): string {
  return new URLSearchParams(parametersOf(query)).toString();
}

/** What an address asks; what it says besides is left alone. */
export function readQuery(search: URLSearchParams): RowQuery {
  const filters: Filter[] = [];
  for (const [name, value] of search) {
    const filter = readFilter(name, value);
    if (filter !== null) filters.push(filter);
  }
  return {
    filters,
    search: search.get('q') ?? '',
    sort: readSort(search.get('sort') ?? ''),
    natural: search.get('collate') === 'natural',
  };
}

/** A key may hold two underscores itself, so the last pair counts. */
function readFilter(name: string, value: string): Filter | null {
  const at = name.lastIndexOf('__');
  const operator = OPERATORS.find((one) => one === name.slice(at + 2));
  return at < 1 || operator === undefined ? null : { key: name.slice(0, at), operator, value };
}

function readSort(text: string): SortKey[] {
  const found = new Map<string, SortKey>();
  for (const part of text.split(',')) {
    const descending = part.startsWith('-');
    const key = descending ? part.slice(1) : part;
    if (key !== '' && !found.has(key)) found.set(key, { key, descending });
  }
  return [...found.values()];
}

/**
 * Ascending, then descending, then off. With `add` the other columns of the sort stay; so they do
 * where the column is one of several already: a click on one must not take the others away.
 */
export function toggleSort(query: RowQuery, key: string, add: boolean): RowQuery {
  const before = query.sort.find((one) => one.key === key);
  const others = query.sort.filter((one) => one.key !== key);
  if (before?.descending === true) return { ...query, sort: others };
  const now = { key, descending: before !== undefined };
  if (before === undefined) return { ...query, sort: add ? [...others, now] : [now] };
  return { ...query, sort: query.sort.map((one) => (one.key === key ? now : one)) };
}

/** Sorts by one column alone; null: no longer by it. */
export function sortBy(query: RowQuery, key: string, descending: boolean | null): RowQuery {
  if (descending !== null) return { ...query, sort: [{ key, descending }] };
  return { ...query, sort: query.sort.filter((one) => one.key !== key) };
}

/** Replaces every filter on a column, in the place of the first one. */
export function filterBy(query: RowQuery, key: string, filters: readonly Filter[]): RowQuery {
  const first = query.filters.findIndex((one) => one.key === key);
  const others = query.filters.filter((one) => one.key !== key);
  const at = first < 0 ? others.length : first;
  return { ...query, filters: [...others.slice(0, at), ...filters, ...others.slice(at)] };
}

export function without(query: RowQuery, dropped: readonly Filter[]): RowQuery {
  return { ...query, filters: query.filters.filter((one) => !dropped.includes(one)) };
}

/** Sets filters for a column, or takes them away where they are what it has already. */
export function toggleFilters(query: RowQuery, key: string, filters: readonly Filter[]): RowQuery {
  return filterBy(query, key, isFiltered(query, key, filters) ? [] : filters);
}

/** Whether a column has exactly these filters. */
export function isFiltered(query: RowQuery, key: string, filters: readonly Filter[]): boolean {
  const name = (list: readonly Filter[]) => nameOf({ ...WHOLE, filters: list });
  return name(query.filters.filter((one) => one.key === key)) === name(filters);
}

const ORDERED: readonly Operator[] = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'isnull'];
const OF_TYPE: Readonly<Record<Column['type'], readonly Operator[]>> = {
  text: OPERATORS,
  integer: ORDERED,
  number: ORDERED,
  date: ORDERED,
  datetime: ORDERED,
  boolean: ['eq', 'ne', 'in', 'isnull'],
};

export function fits(operator: Operator, type: Column['type']): boolean {
  return OF_TYPE[type].includes(operator);
}

/** A query as a certain table can answer it, and what it cannot. */
export interface Answerable {
  readonly query: RowQuery;
  /** Filters on columns the table does not have, or on which they make no sense. */
  readonly lost: readonly Filter[];
  readonly lostSort: readonly SortKey[];
}

export function answerable(query: RowQuery, columns: readonly Column[]): Answerable {
  const types = new Map(columns.map((column) => [column.key, column.type]));
  const possible = (filter: Filter): boolean => {
    const type = types.get(filter.key);
    return type !== undefined && fits(filter.operator, type);
  };
  return {
    query: {
      ...query,
      filters: query.filters.filter(possible),
      sort: query.sort.filter(({ key }) => types.has(key)),
    },
    lost: query.filters.filter((filter) => !possible(filter)),
    lostSort: query.sort.filter(({ key }) => !types.has(key)),
  };
}
