/** What is said in the parts that are loaded only when they are opened. */
import type { Figure } from '../query/bars';
import type { Way } from '../query/forms';
import { formatCount, plural } from '../format/numbers';

export const panel = {
  close: 'Close',
  column: 'Column',
  key: (key: string) => `in addresses and the API: ${key}`,
  sort: 'Sort',
  ascending: 'Ascending',
  descending: 'Descending',
  keep: 'Keep the columns it is sorted by already',
  natural: 'Numbers inside text by their value (a2 before a10)',
  filter: 'Filter',
  way: 'How to compare',
  ways: {
    contains: 'contains',
    startswith: 'starts with',
    eq: 'is',
    ne: 'is not',
    between: 'lies between',
    true: 'is true',
    false: 'is false',
    empty: 'is empty',
    filled: 'is not empty',
  } satisfies Record<Way, string>,
  value: 'Value',
  from: 'From',
  to: 'To',
  apply: 'Filter',
  drop: 'Drop the filter',
  notNumber: 'Write a number, such as 12.5.',
  notWhole: 'Write a whole number, such as 12.',
  holds: 'What it holds',
  figures: {
    nulls: 'Empty',
    distinct: 'Distinct',
    min: 'Least',
    quartile1: 'Lower quartile',
    median: 'Median',
    mean: 'Mean',
    quartile3: 'Upper quartile',
    max: 'Greatest',
    std: 'Std. deviation',
  } satisfies Record<Figure['name'], string>,
  bars: 'Choose a bar to see its rows',
  bar: (label: string, count: number) => `${label}: ${plural(count, 'row', 'rows')}`,
  chart: 'Draw a chart of it',
  looking: 'Counting…',
  failed: 'could not be counted',
  strip: (nulls: number, distinct: number) => {
    if (distinct === 0 && nulls > 0) return 'all empty';
    return (
      (nulls > 0 ? `${formatCount(nulls)} empty · ` : '') + `${formatCount(distinct)} distinct`
    );
  },
  unique: 'every value once',
  width: 'Width',
  narrower: 'Narrower',
  wider: 'Wider',
  fit: 'As its cells',
  place: 'Place',
  left: 'To the left',
  right: 'To the right',
  pin: 'Pin up to here',
  unpin: 'Unpin',
  hide: 'Hide',
} as const;

export const columnList = {
  title: 'Columns',
  shown: (shown: number, all: number) =>
    shown === all
      ? `All ${plural(all, 'column is', 'columns are')} shown.`
      : `${formatCount(shown)} of ${plural(all, 'column is', 'columns are')} shown.`,
  find: 'Find a column',
  up: (column: string) => `Move ${column} to the left`,
  down: (column: string) => `Move ${column} to the right`,
  pin: 'Columns that stay in sight, from the left',
  rows: 'Rows stand',
  densities: { compact: 'close', normal: 'as usual', roomy: 'apart' },
  asInFile: 'As in the file',
  values: 'Numbers and dates',
  written: 'as they were written',
  local: (example: string) => `as in my language: ${example}`,
  localHint:
    'What was written stands below the table for the cell you click, and is what is copied.',
} as const;

export const row = {
  title: (row: number) => `Row ${formatCount(row)}`,
  of: (rows: number) => `of ${formatCount(rows)}`,
  previous: 'Previous row',
  next: 'Next row',
  find: 'Find a column',
  nothing: 'no value',
  empty: 'empty text',
  written: (text: string) => `written ${text}`,
  copy: 'Copy row',
  copyCells: 'Copy for a spreadsheet',
  link: 'Link to this row',
  which: (revision: string) => `as it is in revision ${revision}`,
} as const;

export const giving = {
  title: 'Take this view along',
  view: (rows: number, columns: number) =>
    `${plural(rows, 'row', 'rows')}, ${plural(columns, 'column', 'columns')}`,
  exact: 'Exactly what you see: its filters, its search and its order.',
  format: 'Format',
  formats: {
    csv: 'CSV',
    tsv: 'TSV',
    xlsx: 'Excel',
    json: 'JSON',
    jsonl: 'JSON Lines',
    parquet: 'Parquet',
    arrow: 'Arrow',
  },
  which: 'Which revision',
  newest: 'Always the newest one',
  pinned: (revision: number) => `Revision ${formatCount(revision)}, for ever`,
  raw: 'Raw: leave cells alone that a spreadsheet program would run as a formula',
  rawHint:
    'Otherwise a text such as “=1+1” gets an apostrophe in front of it, so that it stays text. Numbers are never touched. Code in pandas, R and JavaScript always takes cells as they are.',
  zones: 'Excel knows no time zones: moments with a zone are told in UTC.',
  tooMany: (rows: number) =>
    `An Excel worksheet holds ${formatCount(rows)} rows below its header. CSV holds them all.`,
  download: (format: string) => `Download ${format}`,
  link: 'Link to this file',
  code: 'The same in code',
  copy: 'Copy',
  close: 'Close',
} as const;
