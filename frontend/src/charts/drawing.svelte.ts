/** What the server tells of the chart in the address: asked anew with each question and revision. */
import { getJson } from '../api/client';
import { asApiError, isAbort, type ApiError } from '../api/problem';
import type { ChartAnswer } from '../api/types';
import type { TableView } from '../grid/view';
import type { Chart } from '../query/chart';
import { parametersOf } from '../query/rows';
import { questionOf } from './marks';

/** A hand that goes through a list of choices does not mean each of them. */
const SETTLE_MS = 80;

/** The address of the marks of a chart of a view: of its revision, so they never change. */
export function addressOf({ shareId, revision, sheet, query }: TableView, chart: Chart): string {
  const asked = new URLSearchParams([
    ['sheet_index', String(sheet.index)],
    ...questionOf(chart, sheet.columns),
    // The order of rows makes no difference.
    ...parametersOf({ ...query, sort: [], natural: false }),
  ]);
  return `/api/v1/shares/${shareId}/revisions/${String(revision)}/chart?${asked.toString()}`;
}

export class Drawing {
  /** Stays until the next one is here. */
  answer = $state.raw<ChartAnswer | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Whether something newer is on its way. */
  old = $state(true);
  #again = $state(0);

  /** Made while a part of the page is set up. `address` is null while nothing can be asked. */
  constructor(address: () => string | null) {
    $effect(() => {
      void this.#again;
      const asked = address();
      if (asked === null) return;
      const flying = new AbortController();
      this.old = true;
      const timer = setTimeout(() => void this.#ask(asked, flying.signal), SETTLE_MS);
      return () => {
        clearTimeout(timer);
        flying.abort();
      };
    });
  }

  again(): void {
    this.#again += 1;
  }

  async #ask(address: string, signal: AbortSignal): Promise<void> {
    try {
      const answer = await getJson<ChartAnswer>(address, signal);
      if (signal.aborted) return;
      this.answer = answer;
      this.error = null;
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      this.error = asApiError(error);
    }
    this.old = false;
  }
}
