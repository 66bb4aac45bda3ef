/** A column on its way to another place, by hand or by key. Comes when somebody takes hold of one. */
import { strings } from '../strings';
import type { HeaderAsking } from './header';
import type { GridState } from './state.svelte';

/** A hand that moves less means a click. */
const CLICK_PX = 5;
/** A finger that moves before this scrolls. */
const HOLD_MS = 350;
const SLIP_PX = 10;
const EDGE_PX = 32;
const STEP_PX = 16;
const AGAIN_MS = 30;

export interface Moving {
  readonly grid: GridState;
  readonly scroller: HTMLElement;
  readonly asking: HeaderAsking;
}

/** A column by one place; the keyboard stays on it. */
export async function moveBeside(moving: Moving, at: number, step: 1 | -1): Promise<void> {
  const to = at + step;
  if (to >= 0 && to < moving.grid.columns.length) await place(moving, at, to);
}

async function place({ grid, scroller, asking }: Moving, at: number, to: number): Promise<void> {
  const column = grid.columns[at];
  if (column === undefined) return;
  await asking.move(column.key, to);
  if (grid.columns[to]?.key !== column.key) return;
  // That is where a reader goes on.
  grid.active = { ...grid.active, column: to };
  grid.entered = true;
  grid.revealColumn(scroller);
  grid.said = strings.grid.moved(column.name, to + 1);
}

/** Follows the hand that has taken hold of a header until it lets go; Escape puts the column back. */
export function dragColumn(moving: Moving, begun: PointerEvent, at: number): void {
  const { grid, scroller } = moving;
  const touch = begun.pointerType !== 'mouse';
  let last = begun;

  const look = (): void => {
    if (grid.moving === null) return;
    const box = scroller.getBoundingClientRect();
    const x = last.clientX - box.left;
    scroller.scrollLeft += edgeStep(x, grid.numbersWidth + grid.widths.pinnedWidth, grid.width);
    grid.moving = { column: at, gap: grid.widths.gapAt(x - grid.numbersWidth) };
  };
  const again = setInterval(look, AGAIN_MS);
  const held = setTimeout(() => {
    if (touch) start();
  }, HOLD_MS);

  const start = (): void => {
    grid.selection = null;
    grid.moving = { column: at, gap: at };
    ignoreClick();
    look();
  };
  const move = (event: PointerEvent): void => {
    if (event.pointerId !== begun.pointerId) return;
    last = event;
    if (grid.moving !== null) return;
    const far = Math.hypot(event.clientX - begun.clientX, event.clientY - begun.clientY);
    if (!touch && far >= CLICK_PX) start();
    else if (touch && far >= SLIP_PX) end();
  };
  const drop = (): void => {
    look();
    const { moving: carried } = grid;
    end();
    if (carried === null) return;
    const to = carried.gap > at ? carried.gap - 1 : carried.gap;
    if (to !== at) void place(moving, at, to);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || grid.moving === null) return;
    swallow(event);
    end();
  };
  /** A finger that carries a column does not scroll, and a long press asks for no menu. */
  const still = (event: Event): void => {
    if (grid.moving !== null) event.preventDefault();
  };
  const hands: [string, (event: never) => void][] = [
    ['pointermove', move],
    ['pointerup', drop],
    ['pointercancel', () => end()],
    ['blur', () => end()],
    ['keydown', key],
    ['touchmove', still],
    ['contextmenu', still],
  ];
  const end = (): void => {
    grid.moving = null;
    clearInterval(again);
    clearTimeout(held);
    for (const [name, hand] of hands) window.removeEventListener(name, hand as EventListener, true);
  };
  for (const [name, hand] of hands) {
    window.addEventListener(name, hand as EventListener, { capture: true, passive: false });
  }
}

/** Beyond an edge of what scrolls, the columns come by themselves. */
function edgeStep(x: number, left: number, right: number): number {
  if (x > right - EDGE_PX) return STEP_PX;
  return x < left + EDGE_PX ? -STEP_PX : 0;
}

/** What ends a drag is no click. */
function ignoreClick(): void {
  const over = new AbortController();
  const { signal } = over;
  const later = (): void => {
    setTimeout(() => {
      over.abort();
    });
  };
  window.addEventListener('click', swallow, { capture: true, signal });
  window.addEventListener('pointerup', later, { capture: true, signal });
  window.addEventListener('pointercancel', later, { capture: true, signal });
}

function swallow(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}
