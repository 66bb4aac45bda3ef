/** What the server tells of a chart, as marks that can be drawn, said and chosen. */
import type { ChartAnswer, Column } from '../api/types';
import type { Chart, Kind, Measure, Period } from '../query/chart';
import type { Filter } from '../query/rows';
import { digitsOfAll, numberLabels, numberOf, sayMoment, sayPeriod, sayValue } from './labels';
import { charts as words } from './strings';

type Answered = ChartAnswer['marks'][number];

export interface Mark {
  /** Where it stands, in words. */
  readonly label: string;
  /** Null: there is nothing to measure. */
  readonly value: number | null;
  /** The value in words. */
  readonly said: string;
  readonly rows: number;
  /** What leads to its rows; none where no filter can. */
  readonly filters: readonly Filter[];
  /** Not a value of the column: all others, or none. */
  readonly aside: boolean;
  /** A period that the data covers only in part; its label says from or until when. */
  readonly partial: boolean;
}

export interface Pair extends Mark {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly saidX: string;
  readonly saidY: string;
}

/** What every picture of marks is given. */
export interface Drawn {
  readonly marks: readonly Mark[];
  /** In pixels. */
  readonly width: number;
  /** What the picture shows, in words. */
  readonly label: string;
  /** The mark that is pointed at; -1 where none is. */
  readonly at: number;
  readonly pressed: (mark: Mark) => boolean;
  readonly onpoint: (at: number) => void;
  readonly onchoose: () => void;
}

export type ShownForm = 'categories' | 'bar' | 'line' | 'points' | 'cells';

/** What form a chart is drawn in: bins and periods can be both bars and a line. */
export function shownForm({ form }: ChartAnswer, kind: Kind | null): ShownForm {
  if (form === 'bins') return kind ?? 'bar';
  return form === 'periods' ? (kind ?? 'line') : form;
}

export function measureOf(answer: ChartAnswer): Measure | null {
  return answer.measure;
}

export function periodOf(answer: ChartAnswer): Period | null {
  return answer.form === 'periods' ? (answer.period ?? null) : null;
}

type Maker = (
  told: Pick<Answered, 'value' | 'rows'>,
  label: string,
  filters: readonly Filter[],
  aside?: boolean,
) => Mark;

/** Makes marks whose values are written alike: all with as many digits. */
function makerOf({ marks, others, unplaced, measure }: ChartAnswer): Maker {
  const digits = digitsOfAll([...marks, others, unplaced].map((group) => group?.value));
  return ({ value, rows }, label, filters, aside = false) => {
    const said = sayValue(value, measure, digits);
    const number = numberOf(value);
    const finite = number !== null && Number.isFinite(number) ? number : null;
    return { label, value: finite, said, rows: rows ?? 0, filters, aside, partial: false };
  };
}

/** The marks along x: categories with all others and those without a value, bins, periods. */
export function marksOf(answer: ChartAnswer): Mark[] {
  if (answer.form === 'categories') return categories(answer);
  const labels = placeLabels(answer);
  const make = makerOf(answer);
  return answer.marks.map((told, at) => {
    const [label, limit] = [labels[at] ?? '', limitOf(answer, at)];
    const mark = make(
      told,
      limit === null ? label : words.part(label, limit),
      rangeFilters(answer, told, at),
    );
    return { ...mark, partial: limit !== null };
  });
}

/** From or until when the data covers a period, where that is not all of it. */
function limitOf(answer: ChartAnswer, at: number): string | null {
  const { marks, partial_from: from, partial_until: until } = answer;
  const period = periodOf(answer);
  if (period === null) return null;
  if (at === 0 && from != null) return words.since(sayMoment(String(from), period));
  if (at !== marks.length - 1 || until == null) return null;
  return words.until(sayMoment(String(until), period));
}

function categories(answer: ChartAnswer): Mark[] {
  const { key } = answer.x;
  const make = makerOf(answer);
  const found = answer.marks.map((told) => {
    const text = String(told.x);
    // Of a long text only the beginning is told.
    const whole = told.x_length === undefined;
    const filter: Filter = { key, operator: whole ? 'eq' : 'startswith', value: text };
    const label = text === '' ? words.empty : whole ? text : `${text}…`;
    return make(told, label, [filter]);
  });
  const { others, unplaced } = answer;
  if (others != null) {
    found.push(make(others, words.others(others.categories), [], true));
  }
  if (unplaced != null) {
    const isNull: Filter = { key, operator: 'isnull', value: 'true' };
    found.push(make(unplaced, words.none, [isNull], true));
  }
  return found;
}

function placeLabels(answer: ChartAnswer): string[] {
  const period = periodOf(answer);
  if (period !== null) {
    return answer.marks.map(({ from, to }) => sayPeriod(String(from), String(to), period));
  }
  if (isWholeEach(answer)) return edgeLabels(answer).slice(0, -1);
  const edges = edgeLabels(answer);
  return answer.marks.map((_, at) => {
    const [from = '', to = ''] = edges.slice(at, at + 2);
    return from === to ? from : words.range(from, to);
  });
}

/** The edges of the marks, as numbers. */
export function edgesOf(answer: ChartAnswer): number[] {
  const last = answer.marks.at(-1);
  if (last === undefined) return [];
  return [...answer.marks.map(({ from }) => Number(from)), Number(last.to)];
}

export function edgeLabels(answer: ChartAnswer): string[] {
  return numberLabels(edgesOf(answer), answer.x.type === 'integer');
}

/** Whether each mark is a single integer. */
export function isWholeEach(answer: ChartAnswer): boolean {
  const [first] = answer.marks;
  return answer.x.type === 'integer' && Number(first?.to) - Number(first?.from) === 1;
}

function rangeFilters(answer: ChartAnswer, told: Answered, at: number): Filter[] {
  return between(answer.x, told.from, told.to, at === answer.marks.length - 1);
}

function between(
  { key, type }: Pick<Column, 'key' | 'type'>,
  from: unknown,
  to: unknown,
  last: boolean,
): Filter[] {
  if (isOne(type, String(from), String(to))) return [{ key, operator: 'eq', value: String(from) }];
  return [
    { key, operator: 'gte', value: String(from) },
    // A mark ends below the next one; the last one holds its end.
    { key, operator: last ? 'lte' : 'lt', value: String(to) },
  ];
}

const DAY_MS = 86_400_000;

/** Whether a single value of this type lies between two edges. */
function isOne(type: Column['type'], from: string, to: string): boolean {
  if (from === to) return true;
  if (type === 'integer') return BigInt(to) - BigInt(from) === 1n;
  return type === 'date' && Date.parse(to) - Date.parse(from) === DAY_MS;
}

/** Points, or squares with as many rows as lie in them. */
export function pairsOf(answer: ChartAnswer): Pair[] {
  const { x, y, marks } = answer;
  if (y === null) return [];
  if (answer.form === 'points') {
    return marks.map((one) => {
      const [saidX, saidY] = [sayValue(one.x, null), sayValue(one.y, null)];
      const [across, up] = [Number(one.x), Number(one.y)];
      return pair([across, across], [up, up], saidX, saidY, 1, []);
    });
  }
  const [lastX, lastY] = [greatest(marks, 'to'), greatest(marks, 'y_to')];
  return marks.map((one) => {
    const saidX = words.range(sayValue(one.from, null), sayValue(one.to, null));
    const saidY = words.range(sayValue(one.y_from, null), sayValue(one.y_to, null));
    const filters = [
      ...between(x, one.from, one.to, Number(one.to) === lastX),
      ...between(y, one.y_from, one.y_to, Number(one.y_to) === lastY),
    ];
    const across = [Number(one.from), Number(one.to)] as const;
    const up = [Number(one.y_from), Number(one.y_to)] as const;
    return pair(across, up, saidX, saidY, one.rows ?? 0, x.key === y.key ? [] : filters);
  });
}

function pair(
  x: Pair['x'],
  y: Pair['y'],
  saidX: string,
  saidY: string,
  rows: number,
  filters: readonly Filter[],
): Pair {
  const said = sayValue(rows, null);
  const label = words.point(saidX, saidY);
  return {
    x,
    y,
    saidX,
    saidY,
    label,
    value: rows,
    said,
    rows,
    filters,
    aside: false,
    partial: false,
  };
}

function greatest(marks: readonly Answered[], edge: 'to' | 'y_to'): number {
  return Math.max(...marks.map((one) => Number(one[edge])));
}

/** The question to the API that a chart of a table with these columns is. */
export function questionOf(chart: Chart, columns: readonly Column[]): [string, string][] {
  const x = columns.find(({ key }) => key === chart.x);
  const found: [string, string][] = [['x', chart.x]];
  if (chart.y !== null) {
    found.push(['y', chart.y]);
    if (chart.measure !== null) found.push(['measure', chart.measure]);
  }
  if (chart.period !== null && x !== undefined && periodsFor(x).includes(chart.period)) {
    found.push(['period', chart.period]);
  }
  return found;
}

const OF_DAYS: readonly Period[] = ['day', 'week', 'month', 'quarter', 'year', 'decade'];

/** By what a column can be counted over time. */
export function periodsFor({ type }: Pick<Column, 'type'>): readonly Period[] {
  if (type === 'datetime') return ['second', 'minute', 'hour', ...OF_DAYS];
  return type === 'date' ? OF_DAYS : [];
}

export function isNumeric({ type }: Pick<Column, 'type'>): boolean {
  return type === 'integer' || type === 'number';
}
