/** What a reading report says, taken with care: its shape may grow. */
export interface Remark {
  code: string;
  count: number;
  /** The first lines of the file, or rows of the sheet, it is about. */
  rows: readonly number[];
  columns: readonly string[];
  detail: string;
  sheet: string | null;
}

/** A document whose members are looked at one by one. */
export type Loose = Record<string, unknown>;

function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list<T>(value: unknown, isOne: (one: unknown) => one is T): T[] {
  return Array.isArray(value) ? value.filter(isOne) : [];
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isText = (value: unknown): value is string => typeof value === 'string';

function remark(value: Loose): Remark | null {
  if (!isText(value.code)) return null;
  const rows = list(value.rows, isNumber);
  return {
    code: value.code,
    count: isNumber(value.count) ? value.count : rows.length,
    rows,
    columns: list(value.columns, isText),
    detail: isText(value.detail) ? value.detail : value.code.replaceAll('_', ' '),
    sheet: isText(value.sheet) ? value.sheet : null,
  };
}

/** Every counted remark of a report, in the order they were met. */
export function remarksOf(report: Loose | null): Remark[] {
  return list(report?.warnings, isLoose)
    .map(remark)
    .filter((one) => one !== null);
}
