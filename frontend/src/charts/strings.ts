/** What is said of a chart. */
import { formatCount, plural } from '../format/numbers';
import type { Kind, Measure, Period } from '../query/chart';
import { isolated } from './scales';

const MEASURED: Record<Measure, string> = {
  sum: 'Sum of',
  mean: 'Mean of',
  min: 'Least',
  max: 'Greatest',
  count: 'Number of values in',
};

const PER: Record<Period, string> = {
  second: 'second',
  minute: 'minute',
  hour: 'hour',
  day: 'day',
  week: 'week',
  month: 'month',
  quarter: 'quarter',
  year: 'year',
  decade: 'decade',
};

const measured = (measure: Measure | null, y: string | null): string =>
  y === null ? 'Number of rows' : `${MEASURED[measure ?? 'sum']} ${isolated(y)}`;

export const charts = {
  chart: 'Chart',
  close: 'Close the chart',
  show: 'Show',
  rows: 'Number of rows',
  points: 'Each row as a point',
  measured: MEASURED,
  of: 'Of which column',
  by: 'By',
  per: 'Per',
  period: (period: Period) => PER[period],
  fitting: (period: Period | null | undefined) =>
    period == null ? 'what fits' : `what fits (${PER[period]})`,
  drawn: 'Drawn as',
  kinds: { bar: 'Bars', line: 'Line' } satisfies Record<Kind, string>,
  table: 'As a table',
  download: 'Save as SVG',
  data: 'Data',
  dataHint: 'These marks as JSON: an address of the API',
  looking: 'Counting…',
  again: 'Try again',
  letFit: 'Use a period that fits',
  whole: 'Show the whole table',
  axis: measured,
  title: (x: string, y: string | null, measure: Measure | null, period: Period | null) => {
    if (y !== null && measure === null) return `${isolated(y)} against ${isolated(x)}`;
    return `${measured(measure, y)} by ${period === null ? '' : `${PER[period]} of `}${isolated(x)}`;
  },
  measures: (axis: string, value: string) => `${axis}: ${value}`,
  others: (categories: number) => plural(categories, 'other', 'others'),
  empty: '(empty text)',
  none: '(no value)',
  truths: { true: 'true', false: 'false' },
  range: (from: string, to: string) => `${from} to ${to}`,
  mark: (label: string, value: string, rows: number, isRows: boolean) =>
    `${isolated(label)}: ${value}${isRows ? '' : ` · ${plural(rows, 'row', 'rows')}`}`,
  part: (label: string, limit: string) => `${label} (${limit})`,
  since: (moment: string) => `from ${moment}`,
  until: (moment: string) => `until ${moment}`,
  partly: (labels: readonly string[]) =>
    labels.length === 0 ? '' : `The data covers only a part of ${labels.join(' and of ')}.`,
  point: (x: string, y: string) => `${x}, ${y}`,
  filter: (label: string) => `See the rows of ${isolated(label)}`,

  // What is said instead of a picture, and to those who do not see one.
  nothing: 'No row fits this question, so there is nothing to draw.',
  allEmpty: (column: string, rows: number) =>
    `${isolated(column)} has no value in ${rows === 1 ? 'the only row' : `all ${formatCount(rows)} rows`}. Choose another column to draw.`,
  nothingBoth: (x: string, y: string) =>
    `No row has both ${isolated(x)} and ${isolated(y)}. Choose another column to draw.`,
  lost: (key: string) =>
    `There is no column “${key}” in this revision. Choose another one to draw.`,
  unfit: (column: string) =>
    `${isolated(column)} does not hold numbers in this revision. Choose another column.`,
  unique: 'Every value is there once. A column with few different values tells more in a chart.',

  inCell: 'Rows',
  described: (kind: string, title: string, marks: string, partly: string) =>
    `${kind}. ${title}. ${marks}${partly === '' ? '' : ` ${partly}`}`,
  forms: {
    categories: 'Bar chart',
    bar: 'Bar chart',
    line: 'Line chart',
    points: 'Scatter chart',
    cells: 'Chart of counted squares',
  },
  extremes: (marks: number, least: string, greatest: string) =>
    `${plural(marks, 'mark', 'marks')}; least: ${least}; greatest: ${greatest}.`,
  spread: (rows: number, x: string, y: string) =>
    `${plural(rows, 'row', 'rows')}; across ${x}; up ${y}.`,
  notes: {
    unplaced: (rows: number, column: string, measured: string | null) =>
      `${plural(rows, 'row', 'rows')} without a value in ${isolated(column)} ${rows === 1 ? 'is' : 'are'} not drawn${measured === null ? '' : ` (${measured})`}.`,
    missing: (cells: number, column: string) =>
      `${plural(cells, 'cell', 'cells')} of ${isolated(column)} without a finite number ${cells === 1 ? 'is' : 'are'} not in it.`,
    lacking: (rows: number) =>
      `${plural(rows, 'row lacks', 'rows lack')} one of the two and ${rows === 1 ? 'is' : 'are'} not drawn.`,
    cells: (rows: number) =>
      `${formatCount(rows)} rows are too many for a point each. The stronger the colour of a square, the more of them lie in it; none is left out.`,
  },
  refused: {
    query_timeout:
      'Counting takes longer than the server allows. Filter first, or choose a column with fewer values.',
    query_too_large:
      'Counting takes more memory than the server allows. Filter first, or choose a column with fewer values.',
  } as Partial<Record<string, string>>,
} as const;
