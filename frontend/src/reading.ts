/** What a reading report says, in sentences for people. The codes are those of docs/reading.md. */
import type { Loose, Remark } from './api/report';
import type { ReadingOptions } from './api/types';
import { formatCount, plural } from './format/numbers';

const SHOWN_LINES = 8;
const SURE = 0.95;

type Sentence = (count: number, detail: string) => string;

const rows = (count: number): string => plural(count, 'row', 'rows');
const columns = (count: number): string => plural(count, 'column', 'columns');
const cells = (count: number): string => plural(count, 'cell', 'cells');
/** What only the server can say. */
const said = (_: number, detail: string): string => detail.replace(/\.$/, '');
const have = (count: number): string => (count === 1 ? 'has' : 'have');
const were = (count: number): string => (count === 1 ? 'was' : 'were');

export const SENTENCES: Readonly<Record<string, Sentence>> = {
  preamble_skipped: (n) =>
    `${plural(n, 'line', 'lines')} above the table ${were(n)} left out of it`,
  blank_rows_skipped: (n) => `${plural(n, 'blank line', 'blank lines')} ${were(n)} left out`,
  short_rows: (n) => `${rows(n)} had too few cells; what is missing is empty`,
  surplus_cells: (n) =>
    n === 1
      ? '1 row had an extra cell; it is in a column of its own'
      : `${rows(n)} had an extra cell; these are in columns of their own`,
  surplus_empty_cells: (n) => `${rows(n)} ended in extra delimiters with nothing between them`,
  stray_quotes: (n) => `${rows(n)} had a quote where none belongs; it was kept as it is`,
  unclosed_quotes: (n) => `${rows(n)} had a quote that never closes; it was kept as it is`,
  rows_in_cells: (n) => `${cells(n)} may hold whole rows: a quote may be missing`,
  bare_line_breaks: (n) => `${rows(n)} had a line break inside a cell; it was kept there`,
  mixed_line_ends: (n) => `${rows(n)} ended in another kind of line break than the rest`,
  undecodable_bytes: (n) =>
    `${rows(n)} had bytes that do not fit the encoding; look at the letters`,
  encoding_in_doubt: said,
  joined_headers: (n) =>
    `${plural(n, 'header row', 'header rows')} were read as one; the names are joined`,
  repeated_header: (n) =>
    n === 1
      ? 'The header came again among the rows; it was left out there'
      : `The header came again ${formatCount(n)} times among the rows; it was left out there`,
  further_tables: (n) =>
    n === 1
      ? 'Another table stands below this one; only the first was read'
      : `${formatCount(n)} more tables stand below this one; only the first was read`,
  footer: (n) => `${plural(n, 'line', 'lines')} of notes below the table ${were(n)} left out of it`,
  total_row: () => 'The last row looks like a total; it was kept as a row',
  header_cells_missing: (n) => `${columns(n)} had no name in the header; names were made up`,
  header_surplus: (n) => `${columns(n)} of the header ${have(n)} nothing below`,
  uncalculated_formulas: (n) =>
    `${plural(n, 'formula', 'formulas')} had no stored result; the cells are empty`,
  dates_as_numbers: () => 'Days are given as the numbers that Excel keeps for them',
  nested_as_text: (n) => `${columns(n)} ${have(n)} lists or records within cells, given as JSON`,
  binary_as_text: (n) => `${columns(n)} ${have(n)} bytes that are no text, given in base64`,
  duplicate_keys: (n) =>
    `${plural(n, 'record', 'records')} named a key more than once; the last value was kept`,
  nearly_typed: said,
  mixed_types: (n) =>
    `${columns(n)} ${have(n)} numbers, days, yes/no or text mixed; all became text`,
};

/** `May: 3 rows had an extra cell; …: rows 18, 240, 1,003`, with the server's words if need be. */
export function sentenceOf(remark: Remark): string {
  const sentence = SENTENCES[remark.code];
  const count = remark.count;
  const what =
    sentence === undefined
      ? `${formatCount(count)} × ${said(count, remark.detail)}`
      : sentence(count, remark.detail);
  const named = sentence === said ? '' : columnsOf(remark);
  const where = [linesOf(remark), named].filter((part) => part !== '').join(' · ');
  const sheet = remark.sheet === null ? '' : `${remark.sheet}: `;
  return `${sheet}${what}${where === '' ? '' : `: ${where}`}`;
}

function linesOf({ rows: numbers, count, sheet }: Remark): string {
  if (numbers.length === 0) return '';
  const shown = numbers.slice(0, SHOWN_LINES).map(formatCount).join(', ');
  const rest = Math.max(count, numbers.length) - Math.min(SHOWN_LINES, numbers.length);
  const word = sheet === null ? 'line' : 'row';
  const many = numbers.length === 1 && rest === 0 ? '' : 's';
  return `${word}${many} ${shown}${rest > 0 ? ` and ${formatCount(rest)} more` : ''}`;
}

function columnsOf({ columns: keys }: Remark): string {
  if (keys.length === 0) return '';
  return `${keys.length === 1 ? 'column' : 'columns'} ${keys.join(', ')}`;
}

const FORMATS: Readonly<Record<string, string>> = {
  delimited: 'delimited text',
  xlsx: 'Excel workbook',
  xlsb: 'binary Excel workbook',
  xls: 'old Excel workbook',
  ods: 'OpenDocument spreadsheet',
  fods: 'flat OpenDocument spreadsheet',
  json: 'JSON',
  jsonl: 'JSON Lines',
  parquet: 'Parquet',
  arrow: 'Arrow',
};

export const SIGNS: Readonly<Record<string, string>> = {
  '\t': 'tab',
  ',': 'comma',
  ';': 'semicolon',
  '|': 'pipe',
  ' ': 'space',
  '"': 'double quotes',
  "'": 'single quotes',
};

const ENCODINGS: Readonly<Record<string, string>> = {
  'utf-8': 'UTF-8',
  'utf-8-sig': 'UTF-8',
  cp932: 'Shift_JIS',
  cp949: 'EUC-KR',
  koi8_r: 'KOI8-R',
  ascii: 'ASCII',
};

export function nameOfEncoding(encoding: string): string {
  const known = ENCODINGS[encoding];
  const name = encoding.replace(/^cp(?=125)/, 'Windows-').replace('iso8859_', 'ISO 8859-');
  return known ?? (name === encoding ? name.toUpperCase().replace('_', ' ') : name);
}

/** What was found out about a file, phrase by phrase: `semicolon (93 % sure)`, `header in line 4`. */
export function findingsOf(report: Loose | null, given: ReadingOptions): string[] {
  if (report === null) return [];
  const text = report.format === 'delimited';
  return [
    formatOf(report),
    encodingOf(report, given),
    text ? delimiterOf(report, given) : '',
    text ? quoteOf(report, given) : '',
    headerOf(report, given),
    preambleOf(report),
    tablesOf(report),
    notesOf(report),
    sheetsOf(report, 'hidden', ['hidden sheet left out', 'hidden sheets left out']),
    sheetsOf(report, 'empty', ['empty sheet left out', 'empty sheets left out']),
    engineOf(report),
  ].filter((phrase) => phrase !== '');
}

function part(report: Loose, name: string): Loose {
  const value = report[name];
  return typeof value === 'object' && value !== null ? (value as Loose) : {};
}

function sureness({ confidence }: Loose, told: boolean): string {
  if (told) return ' (as you said)';
  if (typeof confidence !== 'number' || confidence >= SURE) return '';
  return ` (${String(Math.round(confidence * 100))} % sure)`;
}

function formatOf(report: Loose): string {
  if (typeof report.format !== 'string') return '';
  const { value } = part(report, 'compression');
  const packed = typeof value === 'string' ? ` in ${value}` : '';
  return `${FORMATS[report.format] ?? report.format}${packed}`;
}

function encodingOf(report: Loose, given: ReadingOptions): string {
  const found = part(report, 'encoding');
  if (typeof found.value !== 'string') return '';
  return nameOfEncoding(found.value) + sureness(found, given.encoding !== undefined);
}

function delimiterOf(report: Loose, given: ReadingOptions): string {
  const found = part(report, 'delimiter');
  if (typeof found.value !== 'string') return 'a single column';
  const name = SIGNS[found.value] ?? `delimiter ${found.value}`;
  return name + sureness(found, given.delimiter !== undefined);
}

function quoteOf(report: Loose, given: ReadingOptions): string {
  const found = part(report, 'quote');
  const name =
    typeof found.value === 'string'
      ? (SIGNS[found.value] ?? `quotes ${found.value}`)
      : 'quotes are ordinary characters';
  return name + sureness(found, given.quote !== undefined);
}

function headerOf(report: Loose, given: ReadingOptions): string {
  const found = part(report, 'header');
  const sure = sureness(found, given.header_row !== undefined);
  if (found.generated === true) return `no header${sure}`;
  if (!Array.isArray(found.rows) || found.rows.length === 0) return '';
  const numbers = found.rows.map((row) => formatCount(Number(row))).join(' and ');
  const word = report.format === 'delimited' ? 'line' : 'row';
  return `header in ${word}${found.rows.length === 1 ? '' : 's'} ${numbers}${sure}`;
}

function preambleOf(report: Loose): string {
  const { lines } = part(report, 'preamble');
  if (typeof lines !== 'number' || lines === 0) return '';
  const said = textsOf(part(report, 'preamble'));
  return `${plural(lines, 'line', 'lines')} above it left out${said === '' ? '' : `: ${said}`}`;
}

const SHOWN_TABLES = 4;
const SHOWN_NOTES = 2;
const NOTE_CHARACTERS = 80;

/** Where the tables stand that were not read; those of a workbook also say in which sheet. */
function tablesOf({ further_tables: tables, format }: Loose): string {
  if (!Array.isArray(tables) || tables.length === 0) return '';
  const word = format === 'delimited' ? 'lines' : 'rows';
  const places = (tables as Loose[]).slice(0, SHOWN_TABLES).map(placeOf);
  const rest = tables.length - places.length;
  const more = rest > 0 ? ` and ${formatCount(rest)} more` : '';
  return `${tables.length === 1 ? 'another table' : 'more tables'} in ${word} ${places.join(', ')}${more}`;
}

function placeOf({ first_line: first, last_line: last, sheet }: Loose): string {
  const end = first === last ? '' : `–${formatCount(Number(last))}`;
  return `${formatCount(Number(first))}${end}${typeof sheet === 'string' ? ` of ${sheet}` : ''}`;
}

/** The beginning of what stands below the table. */
function notesOf(report: Loose): string {
  const said = textsOf(part(report, 'footer'));
  return said === '' ? '' : `below it: ${said}`;
}

function textsOf({ texts }: Loose): string {
  if (!Array.isArray(texts)) return '';
  const said = texts.slice(0, SHOWN_NOTES).map((text) => shortened(String(text)));
  return `${said.join(' ')}${texts.length > said.length ? ' …' : ''}`;
}

function shortened(text: string): string {
  return `“${text.length > NOTE_CHARACTERS ? `${text.slice(0, NOTE_CHARACTERS)}…` : text}”`;
}

function sheetsOf(report: Loose, kind: string, [one, many]: [string, string]): string {
  const names = part(report, 'sheets')[kind];
  if (!Array.isArray(names) || names.length === 0) return '';
  return `${names.length === 1 ? one : many}: ${names.map(String).join(', ')}`;
}

/** Only the one that reads what the usual one cannot is worth a word. */
function engineOf({ engine, path, format }: Loose): string {
  if (typeof engine !== 'string' || path !== 'tolerant') return '';
  return format === 'delimited'
    ? 'read with care where rows were damaged'
    : `read by ${engine}, the second reader`;
}
