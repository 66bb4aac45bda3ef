/** What hands do with a grid: clicks, drags and keys, told apart by what they begin upon. */
import { strings } from '../strings';
import type { HeaderAsking } from './header';
import type { Position } from './keys';
import { holds, type Kind } from './selection';
import type { GridState } from './state.svelte';

const AGAIN_MS = 50;
const SIDES: Readonly<Record<string, 1 | -1 | undefined>> = { ArrowLeft: -1, ArrowRight: 1 };

export interface Wishes {
  /** What the header can start; undefined where nothing can be asked. */
  readonly asking: HeaderAsking | undefined;
  /** Shows all of a row. */
  readonly open: ((row: number) => void) | undefined;
}

export class Hands {
  readonly #grid: GridState;
  readonly #scroller: () => HTMLElement;
  readonly #wishes: () => Wishes;

  constructor(grid: GridState, scroller: () => HTMLElement, wishes: () => Wishes) {
    this.#grid = grid;
    this.#scroller = scroller;
    this.#wishes = wishes;
  }

  /** A key; what is not for the grid is left to the page. */
  readonly press = (event: KeyboardEvent): void => {
    const grid = this.#grid;
    const mine =
      this.#pressMove(event) ||
      this.#pressHeader(event) ||
      this.#pressRow(event) ||
      grid.press(event, this.#scroller());
    if (mine) event.preventDefault();
  };

  /** In the header, the space bar sorts and Enter opens; Alt and Down open from anywhere. */
  #pressHeader({ key, altKey, shiftKey }: KeyboardEvent): boolean {
    const grid = this.#grid;
    const { asking } = this.#wishes();
    const { column: index } = grid.active;
    const column = grid.columns[index];
    if (asking === undefined || column === undefined) return false;
    if (grid.inHeader && key === ' ') asking.toggleSort(column.key, shiftKey);
    else if ((grid.inHeader && key === 'Enter') || (altKey && key === 'ArrowDown')) {
      const head = this.#scroller().querySelector<HTMLElement>(`[data-head="${String(index)}"]`);
      if (head !== null) asking.openPanel(column, head);
    } else return false;
    return true;
  }

  #moving: Promise<void> = Promise.resolve();

  /** In the header, Shift and an arrow move the column: step by step, however fast they come. */
  #pressMove({ key, shiftKey }: KeyboardEvent): boolean {
    const step = SIDES[key];
    if (!shiftKey || step === undefined || !this.#grid.inHeader) return false;
    this.#moving = this.#moving.then(async () => {
      const { moveBeside } = await import('./moving');
      const { asking } = this.#wishes();
      const grid = this.#grid;
      const scroller = this.#scroller();
      if (asking) await moveBeside({ grid, scroller, asking }, grid.active.column, step);
    });
    return true;
  }

  /** A hand takes hold of the header of a column, for a click or to move it. */
  #hold(event: PointerEvent, target: HTMLElement): void {
    const { asking } = this.#wishes();
    const head = target.closest<HTMLElement>('[data-head]');
    if (asking === undefined || head === null || event.button !== 0) return;
    if (target.closest('[data-quiet]') !== null) return;
    let held = true;
    const release = () => (held = false);
    window.addEventListener('pointerup', release, { once: true });
    window.addEventListener('pointercancel', release, { once: true });
    void import('./moving').then(({ dragColumn }) => {
      const moving = { grid: this.#grid, scroller: this.#scroller(), asking };
      if (held) dragColumn(moving, event, Number(head.dataset['head']));
    });
  }

  #pressRow({ key, altKey, ctrlKey, metaKey, shiftKey }: KeyboardEvent): boolean {
    const { open } = this.#wishes();
    const plain = !altKey && !ctrlKey && !metaKey && !shiftKey;
    if (!plain || (key !== 'Enter' && key !== ' ') || open === undefined) return false;
    if (this.#grid.rows > 0) open(this.#grid.active.row);
    return true;
  }

  readonly click = (event: MouseEvent): void => {
    const target = event.target as HTMLElement;
    const { asking, open } = this.#wishes();
    const opener = target.closest<HTMLElement>('[data-open]');
    if (opener !== null) open?.(Number(opener.dataset['open']));
    const head = target.closest<HTMLElement>('[data-head]');
    const column = this.#grid.columns[Number(head?.dataset['head'])];
    if (asking === undefined || head === null || column === undefined) return;
    if (target.closest('[data-panel]') !== null) asking.openPanel(column, head);
    else if (target.closest('[data-quiet]') === null) asking.toggleSort(column.key, event.shiftKey);
  };

  readonly doubleClick = (event: MouseEvent): void => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-column]');
    if (cell !== null) this.#wishes().open?.(Number(cell.dataset['row']));
  };

  /** One cell at once; more of them as soon as they are all here. */
  readonly copy = (event: ClipboardEvent): void => {
    const { rows, range, view, active } = this.#grid;
    if (document.getSelection()?.isCollapsed === false || rows === 0) return;
    event.preventDefault();
    const cell = view.cell(active.row, active.column);
    if (range !== null) this.copyChosen(false);
    else event.clipboardData?.setData('text/plain', String(cell ?? ''));
  };

  /** Copies what is selected and has the grid say how that went. */
  readonly copyChosen = (header: boolean): void => {
    const { view, chosen } = this.#grid;
    void import('./copying')
      .then(({ copyRange }) => copyRange(view, chosen, header))
      .then((said) => (this.#grid.said = said))
      .catch(() => (this.#grid.said = strings.error.part));
  };

  /** A finger scrolls, so only a mouse selects by dragging. */
  readonly down = (event: PointerEvent): void => {
    const target = event.target as HTMLElement;
    const cell = target.closest<HTMLElement>('[data-row]');
    this.#hold(event, target);
    if (cell === null || target.closest('a, [data-open]') !== null) return;
    const grid = this.#grid;
    const { row, column } = cell.dataset;
    const kind = column === undefined ? 'rows' : 'cells';
    const at = { row: Number(row), column: Number(column ?? grid.active.column) };
    // What is selected stays so while its menu is asked for.
    if (event.button !== 0 && this.#isSelected(at)) return;
    grid.activate(at, this.#scroller(), event.shiftKey ? kind : null);
    if (event.pointerType === 'mouse' && event.button === 0) this.#select(event, kind);
  };

  #select(event: PointerEvent, kind: Kind): void {
    if (kind === 'rows' && !event.shiftKey) this.#grid.select('rows');
    this.#drag(event, kind);
  }

  #isSelected({ row, column }: Position): boolean {
    const { range } = this.#grid;
    return range !== null && holds(range.rows, row) && holds(range.columns, column);
  }

  /** Until the button is let go; beyond an edge, the rows come by themselves. */
  #drag(begun: PointerEvent, kind: Kind): void {
    let last = begun;
    const select = (): void => {
      const box = this.#scroller().getBoundingClientRect();
      const at = this.#grid.cellAt(last.clientX - box.left, last.clientY - box.top);
      const { row, column } = this.#grid.active;
      const to = kind === 'rows' ? { ...at, column } : at;
      if (to.row !== row || to.column !== column) {
        this.#grid.activate(to, this.#scroller(), kind);
      }
    };
    const again = setInterval(select, AGAIN_MS);
    const move = (event: PointerEvent): void => {
      last = event;
      select();
    };
    const end = (): void => {
      clearInterval(again);
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', end);
      window.removeEventListener('pointercancel', end);
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
    window.addEventListener('pointercancel', end);
  }
}
