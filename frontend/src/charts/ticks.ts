/** What stands beside the axes of a chart, and where. */
import type { ChartAnswer } from '../api/types';
import { everyOf, numberLabels, periodLabels, phaseOf } from './labels';
import { edgeLabels, isWholeEach, periodOf } from './marks';
import { everyFor, linear, ticksOf, widthOf } from './scales';

export interface Tick {
  /** In pixels. */
  readonly at: number;
  readonly label: string;
}

/** The room within the axes, in pixels. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const TOP = 8;
const LINE = 24;
const HIGH = 44;
const WIDE = 90;
const SIDE = 14;
const BINS = [1, 2, 5, 10, 20];

/** How many names an axis of this length has room for. */
export function roomUp(height: number): number {
  return Math.max(2, Math.floor(height / HIGH));
}

export function roomAcross(width: number): number {
  return Math.max(2, Math.floor(width / WIDE));
}

/** The frame that leaves room for the names on the left and below. */
export function frameOf(width: number, height: number, ticks: readonly Tick[]): Frame {
  const left = Math.max(0, ...ticks.map(({ label }) => widthOf(label))) + 10;
  return { left, right: Math.max(left + 1, width - SIDE), top: TOP, bottom: height - LINE };
}

export function numberTicks(range: readonly [number, number], most: number): Tick[] {
  const values = ticksOf(range[0], range[1], most);
  const labels = numberLabels(values);
  return values.map((at, index) => ({ at, label: labels[index] ?? '' }));
}

export function placed(
  ticks: readonly Tick[],
  range: readonly [number, number],
  from: number,
  to: number,
): Tick[] {
  const scale = linear(range, from, to);
  return ticks.map(({ at, label }) => ({ at: scale(at), label }));
}

/** Where a name begins and ends that stands in the middle, but not beyond the edges. */
export function anchorOf({ at, label }: Tick, width: number): 'start' | 'middle' | 'end' {
  const half = widthOf(label) / 2;
  if (at - half < 0) return 'start';
  return at + half > width ? 'end' : 'middle';
}

/** Those whose names do not touch the one before. */
export function apart(ticks: readonly Tick[], width: number): Tick[] {
  let before = Number.NEGATIVE_INFINITY;
  return ticks.filter((tick) => {
    const size = widthOf(tick.label);
    const begin = tick.at - { start: 0, middle: size / 2, end: size }[anchorOf(tick, width)];
    if (begin < before + 6) return false;
    before = begin + size;
    return true;
  });
}

/** Names below places of one width: bins have theirs at the edges, all others in the middle. */
export function placeTicks(answer: ChartAnswer, { left, right }: Frame): Tick[] {
  const count = answer.marks.length;
  const step = (right - left) / Math.max(1, count);
  const period = periodOf(answer);
  if (period !== null) {
    const starts = answer.marks.map(({ from }) => String(from));
    const every = everyFor(periodLabels(starts, period).map(widthOf), step, everyOf(period));
    const phase = phaseOf(starts[0] ?? '', period, every);
    const chosen = starts.map((_, at) => at).filter((at) => at % every === phase % count);
    const labels = periodLabels(
      chosen.map((at) => starts[at] ?? ''),
      period,
    );
    return chosen.map((at, index) => ({
      at: left + (at + 0.5) * step,
      label: labels[index] ?? '',
    }));
  }
  const labels = edgeLabels(answer);
  const middle = isWholeEach(answer);
  const every = everyFor(labels.map(widthOf), step, BINS);
  return labels
    .map((label, at) => ({ at: left + (at + (middle ? 0.5 : 0)) * step, label }))
    .filter((_, at) => at % every === 0 && (!middle || at < count));
}
