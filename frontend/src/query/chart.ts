/**
 * What is drawn of a table: in an address `chart=store&y=price&measure=mean`, in the words of the
 * API but for the column along x, which says that there is a chart at all.
 */
import type { Column } from '../api/types';

export const MEASURES = ['sum', 'mean', 'min', 'max', 'count'] as const;
export const PERIODS = [
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'decade',
] as const;
export const KINDS = ['bar', 'line'] as const;

export type Measure = (typeof MEASURES)[number];
export type Period = (typeof PERIODS)[number];
export type Kind = (typeof KINDS)[number];

/** Null is what fits; of `y`: rows are counted. */
export interface Chart {
  /** Keys of columns. */
  readonly x: string;
  readonly y: string | null;
  readonly measure: Measure | null;
  readonly period: Period | null;
  readonly kind: Kind | null;
}

export function chartOf(x: string): Chart {
  return { x, y: null, measure: null, period: null, kind: null };
}

/** What is drawn where nobody has said of what: over time, where there is one. */
export function firstChart(columns: readonly Column[]): Chart {
  const types = [/^date/, /^(text|boolean)$/, /./];
  const found = types.map((type) => columns.find((column) => type.test(column.type)));
  return chartOf(found.find((column) => column !== undefined)?.key ?? '');
}

export function chartParameters({ x, ...rest }: Chart): [string, string][] {
  const chosen = Object.entries(rest).filter((one): one is [string, string] => one[1] !== null);
  return [['chart', x], ...chosen];
}

export function readChart(search: URLSearchParams): Chart | undefined {
  const x = search.get('chart') ?? '';
  if (x === '') return undefined;
  const one = <T extends string>(name: string, known: readonly T[]): T | null =>
    known.find((value) => value === search.get(name)) ?? null;
  return {
    x,
    y: search.get('y'),
    measure: one('measure', MEASURES),
    period: one('period', PERIODS),
    kind: one('kind', KINDS),
  };
}

export function sameChart(one: Chart | undefined, other: Chart | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
