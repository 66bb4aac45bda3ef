/** What is said of a new revision. */
import { formatCount, plural } from '../format/numbers';

export const news = {
  now: 'just now',
  seconds: (count: number) => `${formatCount(count)} s ago`,
  title: (number: number, ago: string) => `Revision ${formatCount(number)}, ${ago}`,
  none: 'no table',
  rows: (count: number) => plural(count, 'row', 'rows'),
  more: (count: number) => `${formatCount(count)} more`,
  fewer: (count: number) => `${formatCount(count)} fewer`,
  added: (count: number) => `${plural(count, 'column', 'columns')} more`,
  removed: (count: number) => `${plural(count, 'column', 'columns')} fewer`,
  others: (names: string) => `other columns (${names})`,
  andMore: (names: string, count: number) => `${names} and ${formatCount(count)} more`,
  holds: (column: string, is: string, was: string) => `${column} holds ${is} now, not ${was}`,
  retyped: (count: number) => `${plural(count, 'column holds', 'columns hold')} another type now`,
  asks: {
    filter: 'the filter on it compares',
    order: 'the order by it is that of',
    both: 'the filter on it and the order by it compare',
  },
  compares: (holds: string, asks: string, type: string) => `${holds}: ${asks} ${type}.`,
  otherRows: (count: number) =>
    plural(count, 'row that was not here before', 'rows that were not here before'),
  newRows: (count: number) => plural(count, 'new row', 'new rows'),
  cells: (count: number) => plural(count, 'changed cell', 'changed cells'),
  same: 'What you see is the same.',
  seen: (what: string) => `Here: ${what}.`,
  and: ' and ',
} as const;
