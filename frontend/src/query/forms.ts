/** The filter of one column as a form: one way to compare, and the one or two values it needs. */
import type { ColumnType } from '../api/types';
import type { Filter, Operator } from './rows';

export type Way =
  'contains' | 'startswith' | 'eq' | 'ne' | 'between' | 'true' | 'false' | 'empty' | 'filled';

export interface FilterForm {
  readonly way: Way;
  /** The value, or the lower end of a range. */
  readonly first: string;
  /** The upper end of a range. */
  readonly last: string;
}

const RANGES: readonly Way[] = ['between', 'eq', 'ne', 'empty', 'filled'];

/** The ways to compare that fit a type, the usual one first. */
export const WAYS: Readonly<Record<ColumnType, readonly Way[]>> = {
  text: ['contains', 'eq', 'ne', 'startswith', 'empty', 'filled'],
  integer: RANGES,
  number: RANGES,
  date: RANGES,
  datetime: RANGES,
  boolean: ['true', 'false', 'empty', 'filled'],
};

/** How many values a way needs. */
export function valuesOf(way: Way): 0 | 1 | 2 {
  if (way === 'between') return 2;
  return way === 'contains' || way === 'startswith' || way === 'eq' || way === 'ne' ? 1 : 0;
}

const FIXED: Partial<Record<Way, { operator: Operator; value: string }>> = {
  true: { operator: 'eq', value: 'true' },
  false: { operator: 'eq', value: 'false' },
  empty: { operator: 'isnull', value: 'true' },
  filled: { operator: 'isnull', value: 'false' },
};

/** The filters a form stands for: none while it is blank. */
export function filtersOf(key: string, form: FilterForm): Filter[] {
  const fixed = FIXED[form.way];
  if (fixed !== undefined) return [{ key, ...fixed }];
  if (form.way !== 'between') {
    return form.first === '' ? [] : [{ key, operator: form.way as Operator, value: form.first }];
  }
  const ends: Filter[] = [];
  if (form.first !== '') ends.push({ key, operator: 'gte', value: form.first });
  if (form.last !== '') ends.push({ key, operator: 'lte', value: form.last });
  return ends;
}

/** The form that shows the filters of a column; those of an address may be more than it can say. */
export function formOf(type: ColumnType, filters: readonly Filter[]): FilterForm {
  const ways = WAYS[type];
  const blank: FilterForm = { way: ways[0] ?? 'eq', first: '', last: '' };
  const one = filters[0];
  if (one === undefined) return blank;
  const fixed = ways.find(
    (way) => FIXED[way]?.operator === one.operator && FIXED[way].value === one.value.toLowerCase(),
  );
  if (fixed !== undefined) return { ...blank, way: fixed };
  const plain = ways.find((way) => way === one.operator);
  if (plain !== undefined) return { ...blank, way: plain, first: one.value };
  if (!ways.includes('between')) return blank;
  const end = (operators: readonly Operator[]) =>
    filters.find(({ operator }) => operators.includes(operator))?.value ?? '';
  return { way: 'between', first: end(['gte', 'gt']), last: end(['lte', 'lt']) };
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const WHOLE_NUMBER = /^[-+]?\d+$/;

/** Whether a value can be asked of a column of this type. */
export function isValue(type: ColumnType, value: string): boolean {
  if (type === 'integer') return WHOLE_NUMBER.test(value);
  if (type === 'number') return NUMBER.test(value);
  return true;
}
