/**
 * Scrolling further than a browser can. Elements end at about 17.8 million pixels (Firefox) or
 * 33.5 million (Chromium, Safari); ten million rows need 280 million.
 *
 * Two positions are kept apart: the *place*, in pixels of the full table, and the *bar*, the
 * native scrollTop of a spacer that is never taller than LONGEST_SPACER. Near both ends the two
 * move one to one; in between one bar pixel stands for many place pixels. Small native steps
 * (wheel, touch) still move the place by themselves, one to one, and only a step no wheel makes
 * (a dragged thumb) is translated. While the hand rests, the bar is put where the place is.
 */
export const LONGEST_SPACER = 15_000_000;
const EDGE = 100_000;
/** A thumb on a 2,100 px track moves a full spacer by 7,000 px a pixel; a wheel by hundreds. */
const SMALLEST_DRAG = 2_500;

export interface Extent {
  /** Height of everything, in pixels of the full table. */
  readonly content: number;
  /** Height of what can be seen at a time. */
  readonly viewport: number;
}

export function spacerHeight(extent: Extent): number {
  return Math.max(extent.viewport, Math.min(extent.content, LONGEST_SPACER));
}

export function isScaled(extent: Extent): boolean {
  return extent.content > LONGEST_SPACER;
}

export function lastPlace(extent: Extent): number {
  return Math.max(0, extent.content - extent.viewport);
}

function lastBar(extent: Extent): number {
  return Math.max(0, spacerHeight(extent) - extent.viewport);
}

export function clampPlace(place: number, extent: Extent): number {
  return Math.min(Math.max(0, place), lastPlace(extent));
}

/** Where the bar belongs for a place. */
export function barOf(place: number, extent: Extent): number {
  const at = clampPlace(place, extent);
  if (!isScaled(extent)) return at;
  const fromEnd = lastPlace(extent) - at;
  if (at <= EDGE) return at;
  if (fromEnd <= EDGE) return lastBar(extent) - fromEnd;
  return EDGE + (at - EDGE) * ((lastBar(extent) - 2 * EDGE) / (lastPlace(extent) - 2 * EDGE));
}

/** Which place a bar position stands for: the inverse of barOf. */
export function placeOf(bar: number, extent: Extent): number {
  if (!isScaled(extent)) return clampPlace(bar, extent);
  const fromEnd = lastBar(extent) - bar;
  if (bar <= EDGE) return Math.max(0, bar);
  if (fromEnd <= EDGE) return lastPlace(extent) - Math.max(0, fromEnd);
  return EDGE + (bar - EDGE) * ((lastPlace(extent) - 2 * EDGE) / (lastBar(extent) - 2 * EDGE));
}

/** The place after the bar moved by itself from `before` to `after`. */
export function follow(place: number, before: number, after: number, extent: Extent): number {
  if (!isScaled(extent)) return clampPlace(after, extent);
  const step = after - before;
  if (Math.abs(step) >= SMALLEST_DRAG) return placeOf(after, extent);
  return clampPlace(place + step, extent);
}

/** The place, changed as little as possible, at which [top, top + height) can be seen whole. */
export function reveal(place: number, top: number, height: number, extent: Extent): number {
  if (top < place) return clampPlace(top, extent);
  if (top + height > place + extent.viewport) {
    return clampPlace(top + height - extent.viewport, extent);
  }
  return clampPlace(place, extent);
}

export interface Span {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
}

export function numbersIn({ first, end }: Span): number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
}

/** The rows that touch the viewport, with `spare` more on both sides. */
export function visibleRows(
  place: number,
  extent: Extent,
  rowHeight: number,
  total: number,
  spare: number,
): Span {
  const first = Math.max(0, Math.floor(place / rowHeight) - spare);
  const end = Math.min(total, Math.ceil((place + extent.viewport) / rowHeight) + spare);
  return { first: Math.min(first, Math.max(0, end)), end: Math.max(0, end) };
}
