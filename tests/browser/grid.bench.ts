/**
 * What a reader feels of a table of any size: `python -m tests.bench grid` makes the tables, starts
 * the server, tells by the environment where they are, and prints what is written here.
 */
import { appendFileSync } from 'node:fs';

import { base as test, type CDPSession, type Page } from '../../frontend/browser/kit';

interface Table {
  id: string;
  rows: number;
  columns: number;
}

const URL = process.env.TABLECAST_BENCH_URL ?? '';
const FIGURES = process.env.TABLECAST_BENCH_FIGURES ?? '/dev/stdout';
const SCROLL_MS = Number(process.env.TABLECAST_BENCH_SCROLL_S ?? '300') * 1_000;
const TABLES = JSON.parse(process.env.TABLECAST_BENCH_TABLES ?? '[]') as Table[];
const FILLED_MS = 10_000;
const TIMES = 5;
const DRAG_STEPS = 180;
const MOST_NODES = 1_500;

function figure(name: string, value: number, unit: string, at_most: number): void {
  appendFileSync(FIGURES, `${JSON.stringify({ name, value, unit, at_most })}\n`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Counts elements and rows that pass by, with every picture that is drawn. */
function watchPictures(): void {
  const seen = new Set<number>();
  const state = { seen, nodes: 0, firstRows: 0, scrolls: 0 };
  document.addEventListener('scroll', () => (state.scrolls += 1), true);
  Object.assign(globalThis, { state });
  const look = (): void => {
    requestAnimationFrame(look);
    state.nodes = Math.max(state.nodes, document.querySelectorAll('*').length);
    if (state.firstRows === 0 && document.querySelector('[role=gridcell]:not(.waiting)') !== null) {
      state.firstRows = performance.now();
    }
    const box = document.querySelector('[role=grid]')?.getBoundingClientRect();
    for (const head of Array.from(document.querySelectorAll<HTMLElement>('[role=rowheader]'))) {
      const { top, bottom } = head.getBoundingClientRect();
      if (box && bottom > box.top && top < box.bottom) seen.add(Number(head.dataset['row']));
    }
  };
  look();
}

interface Watched {
  seen: Set<number>;
  nodes: number;
  firstRows: number;
  /** How often something has been scrolled. */
  scrolls: number;
}

const watched = <Found>(page: Page, read: (state: Watched) => Found) =>
  page.evaluate(`(${read.toString()})(globalThis.state)`) as Promise<Found>;

async function open(page: Page, { id }: Table): Promise<void> {
  await page.goto(`${URL}/s/${id}`);
  await page.waitForFunction(
    () => (globalThis as unknown as { state: Watched }).state.firstRows > 0,
  );
}

/** Milliseconds until a cell of the last row is drawn, from the moment something is done. */
async function untilLast(page: Page, table: Table, column: number, act: string): Promise<number> {
  return page.evaluate(
    ([row, at, doing]) =>
      new Promise<number>((resolve) => {
        const grid = document.querySelector<HTMLElement>('[role=grid]');
        const begun = performance.now();
        if (doing === 'thumb') grid?.scrollTo({ top: grid.scrollHeight });
        else {
          grid?.focus();
          const more = { key: 'End', bubbles: true, ctrlKey: true };
          grid?.dispatchEvent(new KeyboardEvent('keydown', more));
        }
        const look = (): void => {
          const cell = document.querySelector(
            `[data-row="${String(row)}"][data-column="${String(at)}"]:not(.waiting)`,
          );
          if (cell === null) requestAnimationFrame(look);
          else resolve(performance.now() - begun);
        };
        look();
      }),
    [table.rows - 1, column, act] as const,
  );
}

async function firstRows(page: Page, table: Table): Promise<void> {
  const taken: number[] = [];
  for (let time = 0; time <= TIMES; time += 1) {
    await open(page, table);
    taken.push(await watched(page, (state) => state.firstRows));
  }
  figure(`${nameOf(table)}, first rows after navigation`, median(taken.slice(1)), 'ms', 1_000);
}

async function lastRow(page: Page, table: Table): Promise<void> {
  for (const [act, column] of [
    ['End', table.columns - 1],
    ['thumb', 0],
  ] as const) {
    const taken: number[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      await open(page, table);
      taken.push(await untilLast(page, table, column, act));
    }
    figure(`${nameOf(table)}, last row by ${act}`, median(taken), 'ms', 500);
    figure(`${nameOf(table)}, last row by ${act}, the slowest`, Math.max(...taken), 'ms', 500);
  }
}

async function drag(page: Page, table: Table): Promise<void> {
  await open(page, table);
  let asked = 0;
  page.on('request', (request) => (asked += request.url().includes('/rows?') ? 1 : 0));
  await page.evaluate(async (steps) => {
    const grid = document.querySelector<HTMLElement>('[role=grid]');
    if (grid === null) return;
    for (let step = 1; step <= steps; step += 1) {
      await new Promise(requestAnimationFrame);
      grid.scrollTop = ((grid.scrollHeight - grid.clientHeight) * step) / steps;
    }
  }, DRAG_STEPS);
  await page.waitForFunction(() => document.querySelector('.waiting') === null);
  await page.waitForLoadState('networkidle');
  page.removeAllListeners('request');
  figure(`${nameOf(table)}, requests of ${String(DRAG_STEPS)} drag steps`, asked, '', 5);
}

async function wheel(page: Page, table: Table): Promise<void> {
  await open(page, table);
  await page.mouse.move(600, 500);
  // Turns as large as a wheel makes them, each below the height of the window.
  for (const notch of [40, 120, 240, 360]) {
    for (let turn = 0; turn < 20; turn += 1) {
      const before = await watched(page, ({ scrolls }) => scrolls);
      await page.mouse.wheel(0, notch);
      await page.waitForFunction(
        (count) => (globalThis as unknown as { state: Watched }).state.scrolls > count,
        before,
      );
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
  }
  const [skipped, last] = await watched(page, ({ seen }) => {
    const furthest = Math.max(...seen);
    return [furthest + 1 - seen.size, furthest] as const;
  });
  figure(`${nameOf(table)}, rows skipped by the wheel on ${String(last)}`, skipped, '', 0);
}

async function heap(page: Page, session: CDPSession): Promise<number> {
  // What is counted by us is not the product's: minutes of rows that have passed by are megabytes.
  await watched(page, ({ seen }) => {
    seen.clear();
  });
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? NaN) / 2 ** 20;
}

/** Everything a hand does, over and over: steps, leaps, and back. */
async function scrollFor(page: Page, milliseconds: number): Promise<void> {
  await page.evaluate(async (length) => {
    const grid = document.querySelector<HTMLElement>('[role=grid]');
    const end = performance.now() + length;
    for (let step = 0; grid !== null && performance.now() < end; step += 1) {
      await new Promise(requestAnimationFrame);
      const leap = step % 30 === 0;
      const room = grid.scrollHeight - grid.clientHeight;
      if (leap) grid.scrollTop = room * ((step * 0.618034) % 1);
      else grid.scrollTop += step % 4 === 3 ? -200 : 400;
      if (step % 90 === 0)
        grid.scrollLeft = (grid.scrollWidth - grid.clientWidth) * ((step % 4) / 3);
    }
  }, milliseconds);
}

async function memory(page: Page, table: Table): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await open(page, table);
  const first = await heap(page, session);
  // Rows are kept up to a limit, and code is compiled as it is used, which takes as much again:
  // what grows on from there would be lost.
  await scrollFor(page, FILLED_MS);
  const start = await heap(page, session);
  await scrollFor(page, SCROLL_MS);
  const after = await heap(page, session);
  const name = `${nameOf(table)}, heap`;
  const minutes = (SCROLL_MS / 60_000).toFixed(1);
  figure(`${name} at first sight`, first, 'MiB', Infinity);
  figure(`${name} when it holds all the rows it keeps`, start, 'MiB', Infinity);
  figure(`${name} after ${minutes} min of scrolling`, after, 'MiB', Infinity);
  figure(`${name} after ${minutes} min of scrolling / full`, after / start, '×', 1.2);
  figure(`${name} after ${minutes} min of scrolling / first sight`, after / first, '×', Infinity);
}

function nameOf({ rows, columns }: Table): string {
  return `${rows.toLocaleString('en')} × ${columns.toLocaleString('en')}`;
}

for (const [place, table] of TABLES.entries()) {
  test(`a table of ${nameOf(table)}`, async ({ page }) => {
    test.setTimeout(2 * SCROLL_MS + 600_000);
    await page.addInitScript(watchPictures);
    await firstRows(page, table);
    await lastRow(page, table);
    await drag(page, table);
    await wheel(page, table);
    if (place === 0) await memory(page, table);
    figure(`${nameOf(table)}, elements`, await watched(page, ({ nodes }) => nodes), '', MOST_NODES);
  });
}
