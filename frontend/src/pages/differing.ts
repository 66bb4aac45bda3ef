/** How the columns of a table differ from those that it had before, and that in words. */
import type { Column, ColumnType, Sheet } from '../api/types';
import { questions } from '../asking/questions';
import type { RowQuery } from '../query/rows';
import { news as words } from './strings';

/** A column that holds another type of values than before. */
export interface Retyped {
  readonly key: string;
  readonly name: string;
  readonly was: ColumnType;
  readonly is: ColumnType;
}

/** What a question asks of a column. */
type Asks = 'filter' | 'order' | 'both';

const MOST_NAMES = 2;
/** Where nearly nothing is as it was, what there is now is what tells. */
const MOST_OTHERS = 6;

/** What has come, gone and become another type, as parts of a sentence; `but`: told elsewhere. */
export function sayDiffering(
  before: readonly Column[],
  after: readonly Column[],
  but: readonly Retyped[] = [],
): string[] {
  const added = missing(after, before);
  const removed = missing(before, after);
  const told = new Set(but.map(({ key }) => key));
  const types = retyped(before, after).filter(({ key }) => !told.has(key));
  const holding = types.map((one) => words.holds(one.name, ...typesOf(one)));
  const retypedNow = types.length > MOST_NAMES ? [words.retyped(types.length)] : holding;
  if (added.length > 0 && removed.length * 2 > before.length) {
    return [words.others(listed(added)), ...retypedNow];
  }
  return [...counted(added, words.added), ...counted(removed, words.removed), ...retypedNow];
}

/** The same of whole revisions: of each sheet that both have. */
export function saySheets(before: readonly Sheet[], after: readonly Sheet[]): string[] {
  const single = before.length === 1 && after.length === 1;
  return after.flatMap((sheet) => {
    const then = single ? before[0] : before.find(({ name }) => name === sheet.name);
    const said = then === undefined ? [] : sayDiffering(then.columns, sheet.columns);
    return single ? said : said.map((fact) => `${sheet.name}: ${fact}`);
  });
}

export function retyped(before: readonly Column[], after: readonly Column[]): Retyped[] {
  const types = new Map(before.map(({ key, type }) => [key, type]));
  return after.flatMap(({ key, name, type: is }) => {
    const was = types.get(key);
    return was === undefined || was === is ? [] : [{ key, name, was, is }];
  });
}

/** Those of which a question now means something else. Whole numbers compare as numbers do. */
export function retypedIn(query: RowQuery, some: readonly Retyped[]): Retyped[] {
  const isNumber = (type: ColumnType): boolean => type === 'integer' || type === 'number';
  return some.filter(
    ({ key, was, is }) => asksOf(query, key) !== null && !(isNumber(was) && isNumber(is)),
  );
}

/** The sentence about one of them. */
export function sayRetyped(query: RowQuery, one: Retyped): string {
  const [is, was] = typesOf(one);
  const asks = asksOf(query, one.key) ?? 'filter';
  return words.compares(words.holds(one.name, is, was), words.asks[asks], is);
}

function asksOf({ filters, sort }: RowQuery, key: string): Asks | null {
  const filtered = filters.some((one) => one.key === key && one.operator !== 'isnull');
  const sorted = sort.some((one) => one.key === key);
  if (filtered) return sorted ? 'both' : 'filter';
  return sorted ? 'order' : null;
}

function typesOf({ is, was }: Retyped): [string, string] {
  return [questions.types[is], questions.types[was]];
}

/** The names of the columns that the others lack. */
function missing(some: readonly Column[], others: readonly Column[]): string[] {
  const keys = new Set(others.map(({ key }) => key));
  return some.filter(({ key }) => !keys.has(key)).map(({ name, key }) => name || key);
}

/** How many, by name while they are few. */
function counted(names: readonly string[], says: (count: number) => string): string[] {
  if (names.length === 0) return [];
  const which = names.length > MOST_NAMES ? '' : ` (${names.join(words.and)})`;
  return [says(names.length) + which];
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_OTHERS;
  if (more <= 0) return names.join(', ');
  return words.andMore(names.slice(0, MOST_OTHERS).join(', '), more);
}
