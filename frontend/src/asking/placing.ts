/** Where a panel stands that belongs to something on the page. */

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const GAP = 4;

/**
 * Below its anchor; of a column (`beside`) to the right of it, or else to the left, where there is
 * room: what is asked of it is seen there. Never beyond the edges of the window.
 */
export function placeOf(anchor: Box, size: Size, window: Size, beside: boolean) {
  const furthest = window.width - size.width - GAP;
  const right = anchor.right + GAP;
  const left = anchor.left - GAP - size.width;
  const found = beside ? [right, left].find((x) => x >= GAP && x <= furthest) : undefined;
  const below = found === undefined ? anchor.bottom + GAP : anchor.top;
  return {
    left: Math.max(GAP, found ?? Math.min(anchor.left, furthest)),
    top: Math.max(GAP, Math.min(below, window.height - size.height - GAP)),
  };
}
