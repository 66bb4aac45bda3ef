/** Where a value lies on the screen, which values an axis names, and how much room a text takes. */

/** The smallest of 1, 2, 5, 10, 20, … (times a power of ten) that makes at most `most` steps. */
export function roundStep(range: number, most: number): number {
  const least = range / Math.max(1, most);
  const unit = 10 ** Math.floor(Math.log10(least));
  return unit * ([1, 2, 5].find((factor) => unit * factor >= least * (1 - 1e-9)) ?? 10);
}

/** Round values from `low` to `high`, at most about `most` of them. */
export function ticksOf(low: number, high: number, most: number): number[] {
  if (!(high > low)) return [low];
  const step = roundStep(high - low, most);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Multiplied, not added up: 0.1 + 0.2 is no 0.3.
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: Math.max(0, last - first) + 1 }, (_, at) =>
    digits > 15 ? (first + at) * step : Number(((first + at) * step).toFixed(digits)),
  );
}

/** The range of an axis that holds all values, from round to round; bars stand on zero. */
export function rangeOf(values: readonly number[], zero: boolean, most: number): [number, number] {
  const held = zero ? [0, ...values] : values;
  let low = Math.min(...held);
  let high = Math.max(...held);
  if (held.length === 0 || !Number.isFinite(high - low)) return [0, 1];
  if (low === high) [low, high] = around(low);
  const step = roundStep(high - low, most);
  // Minus zero plus zero is zero.
  return [Math.floor(low / step + 1e-9) * step + 0, Math.ceil(high / step - 1e-9) * step + 0];
}

function around(value: number): [number, number] {
  if (value === 0) return [0, 1];
  return value > 0 ? [0, value] : [value, 0];
}

export type Scale = (value: number) => number;

export function linear([low, high]: readonly [number, number], from: number, to: number): Scale {
  const width = high - low || 1;
  return (value) => from + ((value - low) / width) * (to - from);
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u;
const BROAD = /[MWmw@%\u2014]/;
const NARROW = /[\sfijlrtI.,:;'|!()[\]]/;

/** About how wide a text of 12 pixels is: nobody has to draw it first. */
export function widthOf(text: string): number {
  let width = 0;
  for (const letter of text) width += widthOfLetter(letter);
  return width;
}

function widthOfLetter(letter: string): number {
  if (NARROW.test(letter)) return 4;
  if (BROAD.test(letter)) return 11;
  return WIDE.test(letter) ? 12 : 7;
}

/** As much of a text as has room, with a sign where something is missing. */
export function cutTo(text: string, room: number): string {
  if (widthOf(text) <= room) return text;
  let kept = '';
  let width = widthOf('…') + 4;
  for (const letter of text) {
    width += widthOf(letter);
    if (width > room) break;
    kept += letter;
  }
  return `${kept.trimEnd()}…`;
}

/** Text of any direction within a sentence or a picture does not turn what is around it. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const at = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** A line through points, broken where there is none. */
export function linePath(points: readonly (Point | null)[]): string {
  let path = '';
  let broken = true;
  for (const point of points) {
    if (point !== null) path += `${broken ? 'M' : 'L'}${at(point)}`;
    broken = point === null;
  }
  return path;
}

/** Points as one path: round ends of lines without a length. */
export function dotsPath(points: readonly (Point | null)[]): string {
  return points.map((point) => (point === null ? '' : `M${at(point)}h0`)).join('');
}

/** A bar from one corner to the other. */
export function barPath(x: number, y: number, width: number, height: number): string {
  return `M${at({ x, y })}h${width.toFixed(1)}v${height.toFixed(1)}h-${width.toFixed(1)}z`;
}

/** A bar that is longer than there is room for: it has a gap before its end. */
export function brokenPath(x: number, y: number, width: number, height: number): string {
  const gap = Math.min(6, width / 4);
  const part = width * 0.9 - gap;
  return barPath(x, y, part, height) + barPath(x + part + gap, y, width - part - gap, height);
}

/** Every so many places have a name, so that names do not touch. */
export function everyFor(
  widths: readonly number[],
  step: number,
  choices: readonly number[],
): number {
  const widest = Math.max(0, ...widths) + 14;
  return choices.find((every) => every * step >= widest) ?? Math.max(1, Math.ceil(widest / step));
}
