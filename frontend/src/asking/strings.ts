/** What is said where a table is asked: the sentences of every page, `strings.ts` of this folder. */
import { formatCount, plural } from '../format/numbers';

export const asking = {
  search: 'Search this table',
  searchHint: 'Search all columns',
  searchKey: '  ( / )',
  clearSearch: 'Clear the search',
  found: (count: number, of: number) => `${formatCount(count)} of ${plural(of, 'row', 'rows')}`,
  all: (count: number) => plural(count, 'row', 'rows'),
  again: 'No answer yet. Asking again…',
  filter: 'Filter…',
  columns: 'Columns',
  nextMatch: 'Next match',
  previousMatch: 'Previous match',
  summaries: 'Summaries',
  summariesHint: 'Show what each column holds, under its name',
  chart: 'Chart',
  chartHint: 'Look at these rows as bars, a line or points',
  exports: 'Export',
  empty: 'This table has its names, and no rows yet.',
  none: 'No row fits this question.',
  whole: 'Show the whole table',
  header: (
    column: string,
    filtered: boolean,
    mark: { descending: boolean; place: number } | null,
  ) =>
    column +
    (filtered ? ', filtered' : '') +
    (mark !== null && mark.place > 1
      ? `, sorted ${mark.descending ? 'descending' : 'ascending'}, as number ${String(mark.place)}`
      : ''),
  menu: (column: string) => `Sort, filter, summary: ${column}`,
} as const;
