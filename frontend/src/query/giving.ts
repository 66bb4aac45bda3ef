/** This very view for programs: where it can be had in every format, and how to read it there. */
import { parametersOf, type RowQuery } from './rows';

export const FORMATS = ['csv', 'tsv', 'xlsx', 'json', 'jsonl', 'parquet', 'arrow'] as const;
export type Format = (typeof FORMATS)[number];
export const LANGUAGES = ['curl', 'pandas', 'R', 'JavaScript'] as const;
export type Language = (typeof LANGUAGES)[number];

/** More rows than this do not fit a worksheet below its header. */
export const WORKSHEET_ROWS = 1_048_575;

export interface Giving {
  readonly origin: string;
  readonly shareId: string;
  /** A certain revision; null: always the newest. */
  readonly revision: number | null;
  readonly format: Format;
  /** Named where there is more than one. */
  readonly sheet: string | null;
  readonly query: RowQuery;
  /** Keys of some columns, in their order; null: all. */
  readonly columns: readonly string[] | null;
  /** Cells that a spreadsheet program would run as a formula, untouched. */
  readonly raw: boolean;
}

/** Formats in which a cell can be taken for a formula. */
export function canRun(format: Format): boolean {
  return format === 'csv' || format === 'tsv' || format === 'xlsx';
}

export function exportUrl(giving: Giving): string {
  const { origin, shareId, revision, format, sheet, query, columns, raw } = giving;
  const search = new URLSearchParams(sheet === null ? [] : [['sheet', sheet]]);
  for (const [name, value] of parametersOf(query)) search.append(name, value);
  if (columns !== null) search.set('columns', columns.join(','));
  if (raw && canRun(format)) search.set('raw', 'true');
  const pinned = revision === null ? '' : `/r/${String(revision)}`;
  const asked = search.size === 0 ? '' : `?${search.toString()}`;
  return `${origin}/s/${shareId}${pinned}.${format}${asked}`;
}

/** Code that reads the view. An address holds neither quotes nor backslashes: it is escaped. */
export function snippet(language: Language, giving: Giving): string {
  const url = exportUrl(giving);
  if (language === 'curl') return `curl --fail --output table.${giving.format} '${url}'`;
  return WRITTEN[language][giving.format](url).join('\n');
}

type Written = (url: string) => string[];

const PANDAS: Readonly<Record<Format, Written>> = {
  csv: (url) => ['import pandas as pd', '', `table = pd.read_csv("${url}")`],
  tsv: (url) => ['import pandas as pd', '', `table = pd.read_csv("${url}", sep="\\t")`],
  xlsx: (url) => ['import pandas as pd', '', `table = pd.read_excel("${url}")`],
  json: (url) => ['import pandas as pd', '', `table = pd.read_json("${url}")`],
  jsonl: (url) => ['import pandas as pd', '', `table = pd.read_json("${url}", lines=True)`],
  parquet: (url) => ['import pandas as pd', '', `table = pd.read_parquet("${url}")`],
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

const R: Readonly<Record<Format, Written>> = {
  csv: (url) => [`table <- read.csv("${url}", check.names = FALSE)`],
  tsv: (url) => [`table <- read.delim("${url}", check.names = FALSE)`],
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
const text: Written = (url) => fetched(url, 'const table = await answer.text();');

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
