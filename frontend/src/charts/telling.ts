/** A chart in words: for those who do not see it, and what a picture cannot say. */
import type { ChartAnswer, Column } from '../api/types';
import type { Chart } from '../query/chart';
import { sayValue } from './labels';
import { isNumeric, periodOf, type Mark, type Pair, type ShownForm } from './marks';
import { charts as words } from './strings';

export function titleOf(answer: ChartAnswer): string {
  const { x, y, measure } = answer;
  return words.title(x.name, y?.name ?? null, measure, periodOf(answer));
}

/** What a picture of these marks shows, in a few sentences. */
export function describe(answer: ChartAnswer, form: ShownForm, marks: readonly Mark[]): string {
  const pairs = marks as readonly Pair[];
  const says = form === 'points' || form === 'cells' ? spread(answer, pairs) : extremes(marks);
  return words.described(words.forms[form], titleOf(answer), says, partlyOf(marks));
}

function partlyOf(marks: readonly Mark[]): string {
  return words.partly(marks.filter(({ partial }) => partial).map(({ label }) => label));
}

function extremes(marks: readonly Mark[]): string {
  const own = marks.filter(({ aside, value }) => !aside && value !== null);
  const sorted = own.toSorted((one, other) => (one.value ?? 0) - (other.value ?? 0));
  const [least, greatest] = [sorted[0], sorted.at(-1)];
  if (least === undefined || greatest === undefined) return '';
  const say = (mark: Mark): string => `${mark.label}, ${mark.said}`;
  return words.extremes(own.length, say(least), say(greatest));
}

function spread({ drawn }: ChartAnswer, pairs: readonly Pair[]): string {
  const range = (ends: readonly (readonly [number, number])[]): string =>
    words.range(
      sayValue(Math.min(...ends.map(([from]) => from)), null),
      sayValue(Math.max(...ends.map(([, to]) => to)), null),
    );
  return words.spread(drawn, range(pairs.map(({ x }) => x)), range(pairs.map(({ y }) => y)));
}

/** What a reader has to know beside the picture: nothing is left out without a word. */
export function notesOf(answer: ChartAnswer, marks: readonly Mark[]): string[] {
  const { form, total, drawn } = answer;
  const { notes } = words;
  if (form === 'points' || form === 'cells') {
    const cells = form === 'cells' ? [notes.cells(drawn)] : [];
    return total > drawn ? [...cells, notes.lacking(total - drawn)] : cells;
  }
  const unique = isUnique(answer, marks) ? words.unique : '';
  return [partlyOf(marks), ...missingOf(answer), unique].filter((note) => note !== '');
}

function missingOf({ form, x, y, unplaced, measure }: ChartAnswer): string[] {
  const found: string[] = [];
  if (unplaced != null && form !== 'categories') {
    const said = sayValue(unplaced.value, measure);
    const measured = y === null ? null : words.measures(words.axis(measure, y.name), said);
    found.push(words.notes.unplaced(unplaced.rows, x.name, measured));
  }
  if (y !== null && y.nulls + y.nan + y.infinite > 0) {
    found.push(words.notes.missing(y.nulls + y.nan + y.infinite, y.name));
  }
  return found;
}

function isUnique({ form, others }: ChartAnswer, marks: readonly Mark[]): boolean {
  const own = marks.filter(({ aside }) => !aside);
  if (form !== 'categories' || own.length < 5 || own.some(({ rows }) => rows !== 1)) return false;
  return others == null || others.rows === others.categories;
}

/** Why there is nothing to draw; null where there is something. */
export function emptiness(answer: ChartAnswer): string | null {
  const { total, drawn, x, y, form } = answer;
  if (total === 0) return words.nothing;
  if (drawn > 0) return null;
  if (y !== null && (form === 'points' || form === 'cells')) {
    return words.nothingBoth(x.name, y.name);
  }
  return words.allEmpty(x.name, total);
}

/** Why a chart cannot be asked of these columns; null where it can. */
export function misfit(chart: Chart, columns: readonly Column[]): string | null {
  const named = (key: string): Column | undefined => columns.find((one) => one.key === key);
  if (named(chart.x) === undefined) return words.lost(chart.x);
  if (chart.y === null) return null;
  const y = named(chart.y);
  if (y === undefined) return words.lost(chart.y);
  return isNumeric(y) ? null : words.unfit(y.name);
}
