/** Moving by itself to a place, at a pace that an eye can follow. */
const LASTS_MS = 320;
/** A longer way begins this near its end: nobody can read what flies by. */
const LONGEST_WAY = 900;

/** Where the movement begins. */
export function glideFrom(place: number, target: number): number {
  const way = target - place;
  return Math.abs(way) <= LONGEST_WAY ? place : target - Math.sign(way) * LONGEST_WAY;
}

/** Where it is after some milliseconds: fast at first, slow at the end. */
export function glideAt(from: number, target: number, milliseconds: number): number {
  if (milliseconds >= LASTS_MS) return target;
  const left = 1 - Math.max(0, milliseconds) / LASTS_MS;
  return target - (target - from) * left ** 3;
}

/** Goes from a place to another, a frame at a time, until it is there or what it returns is called. */
export function glide(place: number, target: number, moveTo: (place: number) => void): () => void {
  const from = glideFrom(place, target);
  const begun = performance.now();
  let frame = 0;
  const step = (now: number): void => {
    const next = glideAt(from, target, now - begun);
    moveTo(next);
    if (next !== target) frame = requestAnimationFrame(step);
  };
  step(document.hidden || isCalm() ? Infinity : begun);
  return () => {
    cancelAnimationFrame(frame);
  };
}

/** Whether the reader wants no movement. */
function isCalm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
