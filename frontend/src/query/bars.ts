/** What a column holds as bars, each with the filters that lead to its rows. */
import type { ColumnType } from '../api/types';
import type { Filter } from './rows';

type Edge = string | number;

/** What a summary tells of one column, as far as bars and figures need it. */
export interface Holding {
  readonly key: string;
  readonly type: ColumnType;
  /** Cells that are not null. */
  readonly count: number;
  readonly nulls: number;
  readonly distinct: number;
  readonly min: string | number | boolean | null;
  readonly max: string | number | boolean | null;
  readonly mean?: string | number | null;
  readonly std?: number | null;
  readonly quartiles?: readonly (number | null)[] | null;
  readonly histogram?: {
    readonly edges: readonly Edge[];
    readonly counts: readonly number[];
  } | null;
  readonly top?: readonly {
    readonly value: string;
    readonly value_length?: number;
    readonly count: number;
  }[];
  readonly true?: number;
  readonly false?: number;
}

export interface Bar {
  readonly label: string;
  readonly count: number;
  readonly filters: readonly Filter[];
}

/** Bars in the order of their values; for text, of how often they are there. */
export function barsOf(holding: Holding): Bar[] {
  const { key, top, histogram } = holding;
  if (histogram) return bins(holding, histogram);
  if (top) return top.map((one) => topBar(key, one));
  const truths: [string, number][] = [
    ['false', holding.false ?? 0],
    ['true', holding.true ?? 0],
  ];
  if (holding.type !== 'boolean') return [];
  return truths.map(([label, count]) => ({
    label,
    count,
    filters: [{ key, operator: 'eq', value: label }],
  }));
}

function topBar(
  key: string,
  { value, value_length: length, count }: NonNullable<Holding['top']>[number],
): Bar {
  // Of a long text only the beginning is told.
  if (length === undefined) {
    return { label: value, count, filters: [{ key, operator: 'eq', value }] };
  }
  return { label: `${value}…`, count, filters: [{ key, operator: 'startswith', value }] };
}

function bins({ key, type }: Holding, { edges, counts }: NonNullable<Holding['histogram']>): Bar[] {
  return counts.map((count, bin) => {
    const from = String(edges[bin] ?? '');
    const to = String(edges[bin + 1] ?? '');
    const value = oneValue(type, from, to);
    if (value) return { label: from, count, filters: [{ key, operator: 'eq', value: from }] };
    // A bin ends below the next one; the last one of numbers holds its end.
    const last = bin === counts.length - 1;
    return {
      label: `${readable(from)} – ${readable(to)}`,
      count,
      filters: [
        { key, operator: 'gte', value: from },
        { key, operator: last ? 'lte' : 'lt', value: to },
      ],
    };
  });
}

/** Whether a bin holds a single value: all are the same, or each whole number has its own. */
function oneValue(type: ColumnType, from: string, to: string): boolean {
  if (from === to) return true;
  if (type === 'integer') return BigInt(to) - BigInt(from) === 1n;
  return type === 'date' && Date.parse(to) - Date.parse(from) === 86_400_000;
}

/** Edges are exact, and for people too long. */
function readable(edge: string): string {
  const number = Number(edge);
  if (edge === '' || Number.isNaN(number))
    return edge.replace('T', ' ').replace(/ 00:00:00.*$/, '');
  return Number.isInteger(number) ? edge : String(Number(number.toPrecision(4)));
}

export interface Figure {
  readonly name:
    'nulls' | 'distinct' | 'min' | 'quartile1' | 'median' | 'mean' | 'quartile3' | 'max' | 'std';
  readonly value: string;
}

/** The figures of a column, those that its type has. */
export function figuresOf(holding: Holding, formatCount: (count: number) => string): Figure[] {
  const { mean, std, quartiles } = holding;
  const [first, median, third] = quartiles ?? [];
  const useGrouping = !namesThings(holding);
  const exact = (value: Holding['min']) => said(value, { maximumFractionDigits: 15, useGrouping });
  const rounded = (value: string | number | null | undefined) =>
    said(typeof value === 'number' ? Number(value.toPrecision(6)) : value, {
      maximumFractionDigits: 6,
      useGrouping,
    });
  const found: [Figure['name'], string | number | boolean | null | undefined][] = [
    ['nulls', formatCount(holding.nulls)],
    ['distinct', formatCount(holding.distinct)],
    ['min', exact(holding.min)],
    ['quartile1', rounded(first)],
    ['median', rounded(median)],
    ['mean', rounded(mean)],
    ['quartile3', rounded(third)],
    ['max', exact(holding.max)],
    ['std', rounded(std)],
  ];
  return found
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => ({ name, value: String(value) }));
}

const YEARS = [1500, 2200] as const;

/** Whether whole numbers are years or each stands for one thing: such have no groups of digits. */
function namesThings({ type, min, max, count, distinct }: Holding): boolean {
  if (type !== 'integer') return false;
  const years = Number(min) >= YEARS[0] && Number(max) <= YEARS[1];
  return years || (count > 1 && distinct === count);
}

function said<T>(value: T, format: Intl.NumberFormatOptions): T | string {
  return typeof value === 'number' ? value.toLocaleString('en', format) : value;
}
