/**
 * What a program that reads text has to be told of its columns: it guesses anew what they hold, and
 * then `01` is 1. Told are the columns it would guess wrong, and those of days.
 */
import type { Cell, Column } from '../api/types';

/** `guess`: it comes to the same by itself. */
export type Held = 'text' | 'whole' | 'truth' | 'day' | 'moment' | 'guess';

export interface HeldColumn {
  /** The header as the file has it. */
  readonly name: string;
  readonly held: Held;
}

export interface HeldColumns {
  /** Null: too many to be named, or not to be told apart by their names. Then all are read as text. */
  readonly columns: readonly HeldColumn[] | null;
  /** Whether a number may be written `NaN`. */
  readonly nan: boolean;
}

/** More names than this are no longer read by a person. */
const MOST_NAMED = 20;
const NUMBER = /^(?:[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?|NaN|-?Infinity)$/i;
const WRITTEN: Readonly<Record<Column['type'], RegExp>> = {
  text: /^/,
  integer: NUMBER,
  number: NUMBER,
  boolean: /^/,
  date: /^\d{4}-\d\d-\d\d$/,
  datetime: /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/,
};
const WITHOUT: Readonly<Record<Column['type'], Held>> = {
  text: 'text',
  integer: 'guess',
  number: 'guess',
  boolean: 'guess',
  date: 'day',
  datetime: 'moment',
};
/** Whole numbers and truths become something else where one is missing. */
const WITH_NULLS: Readonly<Record<Column['type'], Held>> = {
  ...WITHOUT,
  integer: 'whole',
  boolean: 'truth',
};

/**
 * `sample`: some cells of a column as they are written; a column is written in one way. With
 * `values` a file has values instead, as a workbook has.
 */
export function heldColumns(
  columns: readonly Column[],
  sample: (index: number) => readonly Cell[],
  values = false,
): HeldColumns {
  const found = columns.map((column, index) => ({
    name: column.name || column.key,
    held: values ? valueIn(column) : heldIn(column, sample(index).map(String)),
  }));
  const nan = columns.some(({ type }, index) => type === 'number' && sample(index).includes('NaN'));
  const distinct = new Set(found.map(({ name }) => name)).size === found.length;
  const named = found.filter(({ held }) => held !== 'guess').length <= MOST_NAMED;
  return { columns: distinct && named ? found : null, nan };
}

function valueIn({ type }: Column): Held {
  return type === 'text' ? 'text' : 'guess';
}

function heldIn({ type, nulls }: Column, cells: readonly string[]): Held {
  // Of `1.234,50` a program that expects points makes something else, or nothing.
  if (!cells.every((cell) => WRITTEN[type].test(cell))) return 'text';
  return nulls > 0 ? WITH_NULLS[type] : WITHOUT[type];
}

export function namesOf(columns: readonly HeldColumn[], ...held: readonly Held[]): string[] {
  return columns.filter((one) => held.includes(one.held)).map(({ name }) => name);
}
