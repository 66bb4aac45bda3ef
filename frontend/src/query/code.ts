/** Code that reads a view in the languages people ask for, so that no cell becomes another. */
import { exportUrl, type Format, type Giving } from './giving';
import { namesOf, type HeldColumns } from './held';

export const LANGUAGES = ['curl', 'pandas', 'R', 'JavaScript'] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * An address holds neither quotes nor backslashes: it is escaped. The names of columns are written
 * as JSON, which Python and R read as their own. `curl` makes a file, of which nobody knows who
 * opens it; what goes into a program needs no guard against formulas.
 */
export function snippet(language: Language, giving: Giving, held: HeldColumns): string {
  const { format } = giving;
  if (language === 'curl') {
    return `curl --fail --output table.${format} '${exportUrl(giving)}'`;
  }
  const guarded = format === 'csv' || format === 'tsv';
  const url = exportUrl(guarded ? { ...giving, raw: true } : giving);
  return WRITTEN[language][format](url, held).join('\n');
}

type Written = (url: string, held: HeldColumns) => string[];

const RAW = 'raw=true: every cell as it is, with no apostrophe before what Excel would run.';

/** A call with its arguments, each on a line of its own. */
function called(call: string, parts: readonly string[], end = ''): string[] {
  return [
    `${call}(`,
    ...parts.map((part, at) => `    ${part}${at < parts.length - 1 ? ',' : end}`),
    ')',
  ];
}

function listed(names: readonly string[], each: (name: string) => string): string {
  return names.map((name) => each(JSON.stringify(name))).join(', ');
}

const PANDAS_TYPES = [
  ['text', 'string'],
  ['whole', 'Int64'],
  ['truth', 'boolean'],
] as const;

/** What pandas is told, so that it need not guess; `values`: in a workbook, of which only texts are. */
function pandasTypes({ columns, nan }: HeldColumns, values = false): string[] {
  // The texts "NA" and "null" are texts.
  const missing = ['keep_default_na=False', `na_values=[""${nan ? ', "NaN"' : ''}]`];
  if (columns === null) return [`dtype=${values ? 'object' : 'str'}`, ...missing];
  const types = PANDAS_TYPES.map(([held, type]) =>
    listed(namesOf(columns, held), (name) => `${name}: "${type}"`),
  ).filter((text) => text !== '');
  const days = namesOf(columns, 'day', 'moment');
  const parts = types.length === 0 ? [] : [`dtype={${types.join(', ')}}`];
  if (days.length > 0) {
    parts.push(`parse_dates=[${listed(days, (name) => name)}]`, 'date_format="ISO8601"');
  }
  return namesOf(columns, 'text').length === 0 ? parts : [...parts, ...missing];
}

function pandas(call: string, ...parts: string[]): string[] {
  const one = `table = pd.${call}(${parts.join(', ')})`;
  const many = called(`table = pd.${call}`, parts, ',');
  return ['import pandas as pd', '', ...(parts.length < 3 ? [one] : many)];
}

function delimited(url: string, held: HeldColumns, ...parts: string[]): string[] {
  const [first, gap, ...rest] = pandas('read_csv', `"${url}"`, ...parts, ...pandasTypes(held));
  return [String(first), String(gap), `# ${RAW}`, ...rest];
}

const PANDAS: Readonly<Record<Format, Written>> = {
  csv: (url, held) => delimited(url, held),
  tsv: (url, held) => delimited(url, held, 'sep="\\t"'),
  xlsx: (url, held) => pandas('read_excel', `"${url}"`, ...pandasTypes(held, true)),
  json: (url) => pandas('read_json', `"${url}"`, 'dtype=False'),
  jsonl: (url) => pandas('read_json', `"${url}"`, 'dtype=False', 'lines=True'),
  parquet: (url) => pandas('read_parquet', `"${url}"`),
  arrow: (url) => [
    'from urllib.request import urlopen',
    '',
    'import pyarrow as pa',
    '',
    `with pa.ipc.open_stream(urlopen("${url}")) as stream:`,
    '    table = stream.read_pandas()',
  ],
};

function downloaded(url: string, format: Format, library: string, call: string): string[] {
  return [
    `library(${library})`,
    '',
    `path <- tempfile(fileext = ".${format}")`,
    `download.file("${url}", path, mode = "wb")`,
    `table <- ${call}`,
  ];
}

const R_CLASSES = [
  ['text', 'character'],
  ['moment', 'character'],
  ['day', 'Date'],
] as const;

function classes({ columns }: HeldColumns): string[] {
  // The text "NA" is a text.
  const missing = 'na.strings = ""';
  if (columns === null) return ['colClasses = "character"', missing];
  const found = R_CLASSES.map(([held, name]) =>
    listed(namesOf(columns, held), (column) => `${column} = "${name}"`),
  ).filter((text) => text !== '');
  return found.length === 0 ? [] : [`colClasses = c(${found.join(', ')})`, missing];
}

function readText(call: string, url: string, held: HeldColumns): string[] {
  const parts = [`"${url}"`, 'check.names = FALSE', ...classes(held)];
  return [`# ${RAW}`, ...called(`table <- ${call}`, parts)];
}

const R: Readonly<Record<Format, Written>> = {
  csv: (url, held) => readText('read.csv', url, held),
  tsv: (url, held) => readText('read.delim', url, held),
  xlsx: (url) => downloaded(url, 'xlsx', 'readxl', 'read_excel(path)'),
  json: (url) => ['library(jsonlite)', '', `table <- fromJSON("${url}")`],
  jsonl: (url) => ['library(jsonlite)', '', `table <- stream_in(url("${url}"))`],
  parquet: (url) => downloaded(url, 'parquet', 'arrow', 'read_parquet(path)'),
  arrow: (url) => downloaded(url, 'arrow', 'arrow', 'read_ipc_stream(path)'),
};

function fetched(url: string, ...read: string[]): string[] {
  return [
    `const answer = await fetch("${url}");`,
    'if (!answer.ok) throw new Error(answer.statusText);',
    ...read,
  ];
}

const bytes: Written = (url) => fetched(url, 'const file = await answer.arrayBuffer();');
const text: Written = (url) => [`// ${RAW}`, ...fetched(url, 'const table = await answer.text();')];

const JAVASCRIPT: Readonly<Record<Format, Written>> = {
  csv: text,
  tsv: text,
  xlsx: bytes,
  json: (url) => fetched(url, 'const rows = await answer.json();'),
  jsonl: (url) =>
    fetched(
      url,
      'const lines = (await answer.text()).trimEnd().split("\\n");',
      'const rows = lines.map((line) => JSON.parse(line));',
    ),
  parquet: bytes,
  arrow: (url) => [
    'import { tableFromIPC } from "apache-arrow";',
    '',
    `const table = await tableFromIPC(fetch("${url}"));`,
  ],
};

const WRITTEN: Readonly<Record<Exclude<Language, 'curl'>, Readonly<Record<Format, Written>>>> = {
  pandas: PANDAS,
  R,
  JavaScript: JAVASCRIPT,
};
