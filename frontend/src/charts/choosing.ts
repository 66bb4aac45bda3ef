/** What can be chosen of a chart, and what a choice makes of it. */
import type { Column } from '../api/types';
import type { Chart, Measure } from '../query/chart';
import { isNumeric } from './marks';

/** What stands on y: how many rows there are, each row, or a measure of a column. */
export type Shown = 'rows' | 'points' | Measure;

export function shownOf(chart: Chart, columns: readonly Column[]): Shown {
  if (chart.y === null) return 'rows';
  const x = columns.find(({ key }) => key === chart.x);
  return chart.measure ?? (x !== undefined && isNumeric(x) ? 'points' : 'sum');
}

/** What makes sense for a column along x, the usual first. */
export function choicesFor(chart: Chart, columns: readonly Column[]): Shown[] {
  if (!columns.some(isNumeric)) return ['rows'];
  const x = columns.find(({ key }) => key === chart.x);
  const points: Shown[] = x !== undefined && isNumeric(x) ? ['points'] : [];
  const counted: Shown[] = chart.measure === 'count' && chart.y !== null ? ['count'] : [];
  return ['rows', ...points, 'sum', 'mean', 'min', 'max', ...counted];
}

const NUMBERING = /(^|_)(id|no|nr|number|code|zip|year|row)$/;

/** The column that is most likely meant: numbers rather than numbering, and not the one along x. */
export function usualY(columns: readonly Column[], x: string): string | null {
  const found = columns.filter((column) => isNumeric(column) && column.key !== x);
  const amounts = found.filter(({ key }) => !NUMBERING.test(key));
  const usual = amounts.find(({ type }) => type === 'number') ?? amounts[0] ?? found[0];
  return usual?.key ?? columns.find(isNumeric)?.key ?? null;
}

export function withShown(chart: Chart, shown: Shown, columns: readonly Column[]): Chart {
  if (shown === 'rows') return { ...chart, y: null, measure: null };
  const y = chart.y ?? usualY(columns, chart.x);
  return { ...chart, y, measure: shown === 'points' ? null : shown, kind: null };
}

/** Another column along x: what is shown stays, what only fitted the old one goes. */
export function withX(chart: Chart, x: string, columns: readonly Column[]): Chart {
  const shown = shownOf(chart, columns);
  const next = { ...chart, x, period: null, kind: null };
  if (chart.y === null) return next;
  return { ...next, measure: shown === 'points' ? null : (shown as Measure) };
}
