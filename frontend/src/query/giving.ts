/** This very view for programs: where it can be had in every format. */
import { parametersOf, type RowQuery } from './rows';

export const FORMATS = ['csv', 'tsv', 'xlsx', 'json', 'jsonl', 'parquet', 'arrow'] as const;
export type Format = (typeof FORMATS)[number];

/** More rows than this do not fit a worksheet below its header. */
export const WORKSHEET_ROWS = 1_048_575;

export interface Giving {
  readonly origin: string;
  readonly shareId: string;
  /** A certain revision; null: always the newest. */
  readonly revision: number | null;
  readonly format: Format;
  /** Named where there is more than one. */
  readonly sheet: string | null;
  readonly query: RowQuery;
  /** Keys of some columns, in their order; null: all. */
  readonly columns: readonly string[] | null;
  /** Cells that a spreadsheet program would run as a formula, untouched. */
  readonly raw: boolean;
}

/** Formats in which a cell can be taken for a formula. */
export function canRun(format: Format): boolean {
  return format === 'csv' || format === 'tsv' || format === 'xlsx';
}

export function exportUrl(giving: Giving): string {
  const { origin, shareId, revision, format, sheet, query, columns, raw } = giving;
  const search = new URLSearchParams(sheet === null ? [] : [['sheet', sheet]]);
  for (const [name, value] of parametersOf(query)) search.append(name, value);
  if (columns !== null) search.set('columns', columns.join(','));
  if (raw && canRun(format)) search.set('raw', 'true');
  const pinned = revision === null ? '' : `/r/${String(revision)}`;
  const asked = search.size === 0 ? '' : `?${search.toString()}`;
  return `${origin}/s/${shareId}${pinned}.${format}${asked}`;
}
