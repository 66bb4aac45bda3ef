/** A question to a table in words: what its chips and its messages say. */
import type { Column, ColumnType } from '../api/types';
import { questions } from '../asking/questions';
import type { Filter, RowQuery } from './rows';

/** Filters that are said, and dropped, together: both ends of a range are one. */
export interface Saying {
  readonly text: string;
  readonly filters: readonly Filter[];
}

const LOWER = ['gte', 'gt'];
const UPPER = ['lte', 'lt'];

export function sayings(query: RowQuery, columns: readonly Column[]): Saying[] {
  const found: Saying[] = [];
  const said = new Set<Filter>();
  for (const filter of query.filters) {
    if (said.has(filter)) continue;
    const column = columns.find((one) => one.key === filter.key);
    const other = query.filters.find((one) => isOtherEnd(filter, one));
    const filters = other === undefined ? [filter] : [filter, other];
    for (const one of filters) said.add(one);
    found.push({
      text: `${column?.name ?? filter.key} ${say(filters, column?.type ?? 'text')}`,
      filters,
    });
  }
  return found;
}

function isOtherEnd(one: Filter, other: Filter): boolean {
  if (one.key !== other.key) return false;
  const ends = [one.operator, other.operator];
  return ends.some((end) => LOWER.includes(end)) && ends.some((end) => UPPER.includes(end));
}

function say(filters: readonly Filter[], type: ColumnType): string {
  const [one, other] = filters;
  if (one === undefined) return '';
  if (other === undefined) return sayOne(one, type);
  const [lower, upper] = LOWER.includes(one.operator) ? [one, other] : [other, one];
  const range = questions.range(lower.value, upper.value, upper.operator === 'lt');
  return type === 'text' ? questions.asText(range) : range;
}

function sayOne({ operator, value }: Filter, type: ColumnType): string {
  const words = questions.operators;
  if (operator === 'isnull') return value.toLowerCase() === 'false' ? words.filled : words.empty;
  if (type === 'date' || type === 'datetime') {
    const dated = questions.dated[operator as keyof typeof questions.dated];
    if (dated !== undefined) return dated(value);
  }
  if (type !== 'text') return words[operator](value);
  const said = words[operator](`“${value}”`);
  return [...LOWER, ...UPPER].includes(operator) ? questions.asText(said) : said;
}
