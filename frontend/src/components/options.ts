/** The reading options as a form holds them, and as the API takes them. */
import type { Loose } from '../api/report';
import type { ReadingOptions } from '../api/types';

/** Empty text is “detected” everywhere. */
export interface OptionsForm {
  encoding: string;
  /** One of DELIMITERS, or OTHER with the character in `otherDelimiter`. */
  delimiter: string;
  otherDelimiter: string;
  /** One of QUOTES. */
  quote: string;
  headerRow: string;
  sheet: string;
}

export const OTHER = 'other';
export const NO_QUOTE = 'none';
export const DELIMITERS = [',', ';', '\t', '|', ' '] as const;
export const QUOTES = ['"', "'"] as const;
/** All that detection can choose (docs/reading.md), the common ones first. */
export const ENCODINGS = [
  'utf-8',
  'cp1252',
  'cp1250',
  'cp1251',
  'utf-16',
  'utf-16-le',
  'utf-16-be',
  'utf-32',
  'latin-1',
  'iso8859_15',
  'iso8859_2',
  'mac_roman',
  'cp437',
  'cp850',
  'cp852',
  'cp866',
  'koi8_r',
  'iso8859_5',
  'mac_cyrillic',
  'cp1253',
  'iso8859_7',
  'cp1254',
  'iso8859_9',
  'cp1255',
  'iso8859_8',
  'cp1256',
  'iso8859_6',
  'cp1257',
  'iso8859_13',
  'cp874',
  'cp932',
  'euc_jp',
  'gb18030',
  'big5',
  'cp949',
] as const;

const TEXT_SAMPLE_BYTES = 4 * 1024 * 1024;
const WHOLE_BYTES = 64 * 1024 * 1024;
const LARGEST_HEADER_ROW = 1_000_000;
const MOST_HEADER_ROWS = 10;

export function formOf(options: ReadingOptions): OptionsForm {
  const { encoding = '', delimiter = '', quote, header_row: header, sheet = '' } = options;
  const usual = delimiter === '' || (DELIMITERS as readonly string[]).includes(delimiter);
  return {
    encoding,
    delimiter: usual ? delimiter : OTHER,
    otherDelimiter: usual ? '' : delimiter,
    quote: quote === '' ? NO_QUOTE : (quote ?? ''),
    headerRow: header === undefined ? '' : String(header),
    sheet,
  };
}

export function optionsOf(form: OptionsForm): ReadingOptions {
  const delimiter = form.delimiter === OTHER ? form.otherDelimiter : form.delimiter;
  return {
    ...said('encoding', form.encoding),
    ...said('delimiter', delimiter),
    ...(form.quote === NO_QUOTE ? { quote: '' } : said('quote', form.quote)),
    ...headerOf(form.headerRow),
    ...said('sheet', form.sheet),
  };
}

function said<Name extends string>(name: Name, value: string): Partial<Record<Name, string>> {
  return value === '' ? {} : ({ [name]: value } as Record<Name, string>);
}

/** A line, or several that are joined, as in 2-4; what cannot be one is left to detection. */
function headerOf(text: string): ReadingOptions {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(text.replace(/\s/g, '')) ?? [];
  if (from === undefined || Number(to ?? from) > LARGEST_HEADER_ROW) return {};
  if (to === undefined) return { header_row: Number(from) };
  const more = Number(to) - Number(from);
  const makesSense = Number(from) > 0 && more >= 0 && more < MOST_HEADER_ROWS;
  return makesSense ? { header_row: `${from}-${to}` } : {};
}

/** Every sheet a report names: read, hidden and empty ones. */
export function sheetsOf(report: Loose | null): string[] {
  const sheets = (report?.sheets ?? {}) as Loose;
  const named = (value: unknown): string[] =>
    Array.isArray(value)
      ? value.map((one) =>
          String(typeof one === 'object' && one !== null ? (one as Loose).name : one),
        )
      : [];
  return [...named(sheets.read), ...named(sheets.hidden), ...named(sheets.empty)];
}

/** Where a table begins that was found below the one that was read. */
export interface TablePlace {
  /** What `header_row` takes. */
  line: number;
  /** Of a workbook: the sheet it stands in. */
  sheet: string | null;
}

/** The tables that a report announces and that were not read. */
export function furtherTables(report: Loose | null): TablePlace[] {
  const tables = report?.further_tables;
  if (!Array.isArray(tables)) return [];
  return (tables as Loose[]).map(({ header_row: header, first_line: first, sheet }) => ({
    line: Number(header ?? first),
    sheet: typeof sheet === 'string' ? sheet : null,
  }));
}

/** Whether the file is plain text, as far as its report or else its name tells. */
export function isText(report: Loose | null, filename: string): boolean {
  const format = report?.format;
  if (typeof format === 'string') return format === 'delimited';
  return !/\.(xls[xmb]?|ods|fods|parquet|arrow|feather|jsonl?|zip)$/i.test(filename);
}

/** How much of an original a preview needs: the start of a text, the whole of anything else. */
export function sampleBytes(report: Loose | null, filename: string, size: number): number | null {
  const packed = report?.compression != null || /\.(gz|zst|zip)$/i.test(filename);
  if (isText(report, filename) && !packed) return TEXT_SAMPLE_BYTES;
  return size <= WHOLE_BYTES ? WHOLE_BYTES : null;
}
