/**
 * What the text of a cell means, whichever country it was written in. Digits stay text all the way:
 * nothing here is ever a float. Where a text can mean two things it means nothing, until another
 * cell of its column has told them apart (docs/reading.md has the ways that make a column typed).
 */
import type { Column } from '../api/types';

/** A number as `-1234.50`, a day as `2024-01-31`, a moment as `2024-01-31T09:30:00.5+02:00`. */
type Way = (text: string) => string | null;

const THOUSANDS_AND_DECIMAL = [
  ['.', ','],
  [' ', ','],
  ['\u00a0', ','],
  ['\u202f', ','],
  [',', '.'],
  ["'", '.'],
  ['’', '.'],
  [' ', '.'],
] as const;
const PLAIN = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

const plain: Way = (text) => (PLAIN.test(text) ? text : null);

function marked(thousands: string, decimal: string): Way {
  const mark = `[${thousands}]`;
  const shape = new RegExp(
    `^-?(?:0|[1-9]\\d{0,2}(?:${mark}\\d{3})+|[1-9]\\d*)(?:[${decimal}]\\d+)?$`,
  );
  return (text) => (shape.test(text) ? text.replaceAll(thousands, '').replace(decimal, '.') : null);
}

const MOMENT =
  /^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:(?:T|,? )(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(?: ?([AP])M)?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

type Order = 'ymd' | 'dmy' | 'mdy';

function ordered(order: Order): Way {
  return (text) => {
    const found = MOMENT.exec(text);
    if (found === null) return null;
    const [, one, , two, three, hour, minute, second, half, zone] = found.map((part) => part ?? '');
    const date = dayOf(order, [one, two, three].map(String));
    if (date === null || hour === '') return zone === '' ? date : null;
    const time = timeOf(Number(hour), String(minute), String(second), String(half).toUpperCase());
    return time && `${date}T${time}${String(zone).toUpperCase()}`;
  };
}

/** A day that a calendar has; of an early year people do not know what its digits leave out. */
function dayOf(order: Order, parts: readonly string[]): string | null {
  const [year = '', month = '', day = ''] = [...'ymd'].map((part) => parts[order.indexOf(part)]);
  if (!/^[1-9]\d{3}$/.test(year) || day.length > 2) return null;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return date.toISOString().startsWith(iso) ? iso : null;
}

function timeOf(hour: number, minute: string, second: string, half: string): string | null {
  if (Number(minute) > 59 || Number(second) >= 60) return null;
  const whole = half === '' ? hour : ofTwelve(hour, half);
  if (whole === null || whole > 23) return null;
  return `${String(whole).padStart(2, '0')}:${minute}${second === '' ? '' : `:${second}`}`;
}

function ofTwelve(hour: number, half: string): number | null {
  return hour < 1 || hour > 12 ? null : (hour % 12) + (half === 'P' ? 12 : 0);
}

const NUMBERS = [plain, ...THOUSANDS_AND_DECIMAL.map(([mark, point]) => marked(mark, point))];
const MOMENTS = (['ymd', 'dmy', 'mdy'] as const).map(ordered);
const WAYS: Readonly<Partial<Record<Column['type'], readonly Way[]>>> = {
  integer: [plain],
  number: NUMBERS,
  date: MOMENTS,
  datetime: MOMENTS,
};

/** How the cells of one column are to be read. */
export class Meaning {
  readonly #type: Column['type'];
  #ways: readonly Way[];

  constructor(type: Column['type']) {
    this.#type = type;
    this.#ways = WAYS[type] ?? [];
  }

  /** Every meaning a text can have: none, the one, or more where only its column can tell. */
  of(text: string): string[] {
    const found = this.#ways.map((way) => way(text)).filter((one) => one !== null);
    return [...new Set(found)];
  }

  /** What a text of this column is as a value of the API. */
  learn(text: string, value: unknown): void {
    const right = this.#ways.filter((way) => this.#agrees(way(text), value));
    if (right.length > 0) this.#ways = right;
  }

  #agrees(meaning: string | null, value: unknown): boolean {
    if (meaning === null) return false;
    if (this.#type === 'number') return Number(meaning) === Number(value);
    return String(value).startsWith(meaning.slice(0, 10));
  }
}
