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
  newRows: (count: number) => plural(count, 'new row', 'new rows'),
  cells: (count: number) => plural(count, 'changed cell', 'changed cells'),
  same: 'What you see is the same.',
  seen: (what: string) => `Here: ${what}.`,
  and: ' and ',
} as const;
