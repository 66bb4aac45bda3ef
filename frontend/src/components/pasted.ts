/**
 * The table in what somebody has pasted. Programs put cells on the clipboard as text with tabs,
 * quoted where a cell has a line break: that is what the reader of files understands, and it is
 * left as it is. Pages of the web do not quote; there the cells are taken from the markup.
 */
import { tsvOf } from '../grid/tsv';

/** What a clipboard holds, as far as it matters here. */
export interface Pasted {
  text: string;
  html: string;
  /** Whether there is a picture. */
  picture: boolean;
}

/** Something was pasted, or somebody is asked to paste. */
export type Pasting = Pasted | 'asked';

export interface PastedTable {
  text: string;
  /** How it is to be read, where that is known. */
  reading: Readonly<Record<string, string>>;
  /** Without a dot. */
  extension: string;
}

/** Why there is no table: nothing at all, a picture, or a single piece of text. */
export type Refusal = 'nothing' | 'picture' | 'single';

/** The table in it, or why there is none. */
export function tableIn({ text, html, picture }: Pasted): PastedTable | Refusal {
  const lines = linesOf(text);
  const rows = rowsIn(html);
  if (rows !== null && !sameShape(lines, rows)) return tabbed(`${tsvOf(rows)}\n`);
  if (lines.length === 0) return picture ? 'picture' : 'nothing';
  if (isJson(text)) return { text, reading: {}, extension: 'json' };
  if (lines.length === 1 && !text.includes('\t')) return 'single';
  // Between cells there are tabs: a comma within them separates nothing.
  if (hasTable(html)) return tabbed(text);
  return { text, reading: {}, extension: text.includes('\t') ? 'tsv' : 'csv' };
}

/** Objects or rows as programs write them, be it in one line. */
function isJson(text: string): boolean {
  try {
    return /^\s*[[{]/.test(text) && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function tabbed(text: string): PastedTable {
  return { text, reading: { delimiter: 'tab' }, extension: 'tsv' };
}

/** Without the empty ones at the end. */
function linesOf(text: string): string[] {
  const trimmed = text.replace(/[\r\n]+$/, '');
  return trimmed.trim() === '' ? [] : trimmed.split(/\r\n|\r|\n/);
}

function hasTable(html: string): boolean {
  return /<table[\s>]/i.test(html);
}

/** Whether text is from a program that quotes what it puts on the clipboard. */
function isQuoting(html: string): boolean {
  return /urn:schemas-microsoft-com:office|google-sheets-html-origin|content="LibreOffice/i.test(
    html,
  );
}

/** Whether lines of text have the very cells of the rows. */
function sameShape(lines: readonly string[], rows: readonly (readonly string[])[]): boolean {
  if (lines.length !== rows.length) return false;
  return lines.every((line, index) => line.split('\t').length === rows[index]?.length);
}

/** Parses without running or loading anything; not every browser can. */
interface Parser {
  parseHTML?: (html: string) => Document;
}

/** The cells of the largest table in markup; null: there is none, or the text is better. */
function rowsIn(html: string): string[][] | null {
  const { parseHTML } = Document as unknown as Parser;
  if (parseHTML === undefined || !hasTable(html) || isQuoting(html)) return null;
  const tables = Array.from(parseHTML.call(Document, html).querySelectorAll('table'));
  const [largest] = tables.sort((a, b) => b.rows.length - a.rows.length);
  const rows = Array.from(largest?.rows ?? [], (row) => Array.from(row.cells).flatMap(cellsOf));
  return rows.length === 0 ? null : rows;
}

/** A cell that is as wide as several is the first of them. */
function cellsOf(cell: HTMLTableCellElement): string[] {
  return [textOf(cell).trim(), ...Array<string>(Math.max(0, cell.colSpan - 1)).fill('')];
}

const BLOCKS = new Set(['P', 'DIV', 'LI', 'UL', 'OL']);

function textOf(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return (node.nodeValue ?? '').replace(/[ \t\r\n]+/g, ' ');
  if (node.nodeName === 'BR') return '\n';
  const inner = Array.from(node.childNodes, textOf).join('');
  return BLOCKS.has(node.nodeName) ? `${inner.trim()}\n` : inner;
}
