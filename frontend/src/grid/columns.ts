/** Where columns are and how wide: from their header, their type and the first cells. */
import type { Cell, Column } from '../api/types';
import type { Span } from './scroll';

export const NARROWEST = 56;
export const WIDEST_AT_FIRST = 380;
const WIDEST_WHOLE = 640;
const WIDEST = 2_000;
const PADDING = 22;
const CHARACTER = 7.5;
const HEADER_CHARACTER = 8.4;
/** Room in a header for the mark that tells the type, or how it is sorted and filtered. */
const TYPE_MARK = 42;

export interface ColumnLayout {
  /** Left edges, and the right edge of the last column at the end. */
  readonly edges: readonly number[];
  readonly width: number;
}

/** Fullwidth characters (CJK, kana, hangul, emoji) take two places. */
export function textUnits(text: string): number {
  let units = 0;
  for (const character of text) units += (character.codePointAt(0) ?? 0) > 0x10ff ? 2 : 1;
  return units;
}

export interface Fit {
  /** Shows the header, unless it is long, and nearly all of the sampled cells. */
  readonly usual: number;
  /** Shows all of them. */
  readonly whole: number;
}

/** How wide one column would be. */
export function fitting(column: Pick<Column, 'name'>, cells: readonly Cell[]): Fit {
  const header = textUnits(column.name) * HEADER_CHARACTER + TYPE_MARK;
  const units = cells
    .map((cell) => (cell === null ? 1 : textUnits(String(cell).slice(0, 80))))
    .sort((a, b) => a - b);
  const typical = units[Math.floor((units.length - 1) * 0.95)];
  return {
    usual: wide(Math.min(header, 240), typical, WIDEST_AT_FIRST),
    whole: wide(header, units.at(-1), WIDEST_WHOLE),
  };
}

function wide(header: number, units: number | undefined, most: number): number {
  const wanted = Math.max(header, (units ?? 8) * CHARACTER) + PADDING;
  return Math.round(Math.min(most, Math.max(72, wanted)));
}

/** Widths of all columns: what room they leave goes to those that are cut, the least cut first. */
export function spread(fits: readonly Fit[], room: number): number[] {
  const widths = fits.map(({ usual }) => usual);
  let free = room - widths.reduce((sum, one) => sum + one, 0);
  if (free <= 0) return widths;
  const wants = fits.map(({ usual, whole }, at) => ({ at, more: whole - usual }));
  wants.sort((one, other) => one.more - other.more);
  for (const [done, { at, more }] of wants.entries()) {
    const given = Math.min(more, Math.floor(free / (wants.length - done)));
    widths[at] = (widths[at] ?? 0) + given;
    free -= given;
  }
  return widths;
}

export function clampWidth(width: number): number {
  return Math.round(Math.min(WIDEST, Math.max(NARROWEST, width)));
}

export function layOut(widths: readonly number[]): ColumnLayout {
  const edges = [0];
  let right = 0;
  for (const width of widths) {
    right += width;
    edges.push(right);
  }
  return { edges, width: right };
}

/** The columns that touch [left, left + width), by binary search. */
export function visibleColumns(layout: ColumnLayout, left: number, width: number): Span {
  const count = layout.edges.length - 1;
  const first = Math.min(Math.max(0, count - 1), lastEdgeAtMost(layout.edges, left));
  let end = first;
  while (end < count && (layout.edges[end] ?? 0) < left + width) end += 1;
  return { first: Math.max(0, first), end };
}

/** The column that begins at or before x. */
export function lastEdgeAtMost(edges: readonly number[], x: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((edges[middle] ?? 0) <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function isNumeric(column: Pick<Column, 'type'>): boolean {
  return column.type === 'integer' || column.type === 'number';
}

/** Where the column is now that was at an index before; the same index where it is gone. */
export function placeNow(index: number, before: readonly Column[], now: readonly Column[]): number {
  const found = now.findIndex(({ key }) => key === before[index]?.key);
  return found < 0 ? index : found;
}
