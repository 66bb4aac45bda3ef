/** Numbers and moments as the reader's language writes them. Moments are those of the file: UTC. */
import { language } from '../format/language';
import type { Measure, Period } from '../query/chart';

const TIME_ZONE = 'UTC';
const whole = new Intl.NumberFormat(language, { maximumSignificantDigits: 15 });
/** Of an integer of any size. */
const every = new Intl.NumberFormat(language);
const rounded = new Intl.NumberFormat(language, { maximumSignificantDigits: 6 });
const plain = new Intl.NumberFormat(language, { useGrouping: false });
/** Whole numbers within these are years more often than not, and have no separators then. */
const YEARS = [1000, 2999] as const;

export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value !== '' ? Number(value) : null;
}

/** A value in full; a mean is rounded. `digits`: as many as the others beside it have. */
export function sayValue(value: unknown, measure: Measure | null, digits = 0): string {
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return every.format(BigInt(value));
  const number = numberOf(value);
  if (number === null) return '–';
  if (measure === 'mean') return rounded.format(number);
  if (digits === 0) return whole.format(number);
  const alike = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, alike).format(number);
}

const MOST_DIGITS = 4;

/** How many digits behind the point these values have; 0 where they are too many to be alike. */
export function digitsOfAll(values: readonly unknown[]): number {
  const numbers = values.map(numberOf).filter((value) => value !== null && Math.abs(value) < 1e9);
  const digits = numbers.map(
    (one) => (String(Number(one?.toPrecision(15))).split('.')[1] ?? '').length,
  );
  const most = Math.max(0, ...digits);
  return most > MOST_DIGITS ? 0 : most;
}

/** How edges and ticks of a number column are written: all with the same digits. */
export function numberLabels(values: readonly number[], years = false): string[] {
  if (years && values.every((one) => one >= YEARS[0] && one <= YEARS[1])) {
    return values.map((value) => plain.format(value));
  }
  const largest = Math.max(...values.map(Math.abs));
  const format = new Intl.NumberFormat(language, {
    notation: notationOf(largest),
    maximumSignificantDigits: Math.min(15, Math.max(2, digitsOf(values, largest))),
  });
  return values.map((value) => (value === 0 ? '0' : format.format(value)));
}

function notationOf(largest: number): 'standard' | 'compact' | 'scientific' {
  if (largest >= 1e15 || largest < 1e-4) return 'scientific';
  return largest >= 10_000 ? 'compact' : 'standard';
}

/** So many that values beside each other are not written alike. */
function digitsOf(values: readonly number[], largest: number): number {
  const step = Math.min(...values.slice(1).map((value, at) => value - (values[at] ?? 0)));
  return Number.isFinite(step) && step > 0 ? Math.ceil(Math.log10(largest / step)) + 1 : 6;
}

export function readMoment(text: string): Date {
  return new Date(text.includes('T') && !text.endsWith('Z') ? `${text}Z` : text);
}

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, { timeZone: TIME_ZONE, ...options });
}

const year = { year: 'numeric' } as const;
const day = { ...year, month: 'short', day: 'numeric' } as const;
const minute = { ...day, hour: 'numeric', minute: '2-digit' } as const;
const LONG: Record<Period, Intl.DateTimeFormat> = {
  second: format({ ...minute, second: '2-digit' }),
  minute: format(minute),
  hour: format(minute),
  day: format(day),
  week: format(day),
  month: format({ ...year, month: 'long' }),
  quarter: format({ ...year, month: 'short' }),
  year: format(year),
  decade: format(year),
};
const clock = format({ hour: 'numeric', minute: '2-digit' });
const SHORT: Record<Period, Intl.DateTimeFormat> = {
  second: format({ hour: 'numeric', minute: '2-digit', second: '2-digit' }),
  minute: clock,
  hour: clock,
  day: format({ month: 'short', day: 'numeric' }),
  week: format({ month: 'short', day: 'numeric' }),
  month: format({ month: 'short' }),
  quarter: format({ month: 'short' }),
  year: format(year),
  decade: format(year),
};
const SINCE_DAY: readonly Period[] = ['second', 'minute', 'hour'];
const withDay = format({ month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' });
const shortYear = format({ ...year, month: 'short' });

/** A period in full, as a table and a sentence say it. */
export function sayPeriod(from: string, to: string, period: Period): string {
  const start = readMoment(from);
  if (period === 'quarter') return LONG.quarter.formatRange(start, new Date(+readMoment(to) - 1));
  if (period === 'week') return LONG.week.formatRange(start, new Date(+readMoment(to) - 1));
  if (period === 'decade') {
    return LONG.year.formatRange(start, new Date(+readMoment(to) - 1));
  }
  return LONG[period].format(start);
}

const WITHIN: Record<Period, Intl.DateTimeFormat> = {
  ...SHORT,
  day: clock,
  minute: SHORT.second,
  month: SHORT.day,
  quarter: SHORT.day,
  year: SHORT.day,
  decade: LONG.day,
};

/** A moment within a period that is named beside it. */
export function sayMoment(text: string, period: Period): string {
  return WITHIN[period].format(readMoment(text));
}

/** Beside an axis: short, and in full where a new year (or day) begins. */
export function periodLabels(starts: readonly string[], period: Period): string[] {
  let before = '';
  return starts.map((text) => {
    const moment = readMoment(text);
    const group = text.slice(0, SINCE_DAY.includes(period) ? 10 : 4);
    const fresh = group !== before;
    before = group;
    if (!fresh || period === 'year' || period === 'decade') return SHORT[period].format(moment);
    if (SINCE_DAY.includes(period)) return withDay.format(moment);
    return (period === 'day' || period === 'week' ? LONG.day : shortYear).format(moment);
  });
}

const EVERY: Record<Period, readonly number[]> = {
  second: [1, 5, 10, 15, 30, 60],
  minute: [1, 5, 10, 15, 30, 60, 120],
  hour: [1, 2, 3, 6, 12, 24, 48, 168],
  day: [1, 2, 7, 14, 28, 56],
  week: [1, 2, 4, 8, 13, 26, 52],
  month: [1, 2, 3, 6, 12, 24, 60, 120],
  quarter: [1, 2, 4, 8, 20, 40],
  year: [1, 2, 5, 10, 20, 50, 100, 200],
  decade: [1, 2, 5, 10, 20, 50],
};

/** After how many periods a next name may stand. */
export function everyOf(period: Period): readonly number[] {
  return EVERY[period];
}

/** How far a period is from a round one: names stand at the beginning of years and hours. */
export function phaseOf(start: string, period: Period, every: number): number {
  const moment = readMoment(start);
  const numbers: Partial<Record<Period, number>> = {
    second: moment.getUTCSeconds(),
    minute: moment.getUTCMinutes(),
    hour: moment.getUTCHours(),
    month: moment.getUTCMonth() + moment.getUTCFullYear() * 12,
    quarter: Math.floor(moment.getUTCMonth() / 3) + moment.getUTCFullYear() * 4,
    year: moment.getUTCFullYear(),
    decade: moment.getUTCFullYear() / 10,
  };
  return (every - ((numbers[period] ?? 0) % every)) % every;
}
