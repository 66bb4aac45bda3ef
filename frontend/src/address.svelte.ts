/** Which of the two pages the address bar names. Links are plain; only uploads navigate by code. */
import { chartParameters, readChart, type Chart } from './query/chart';
import { layoutParameters, readLayout, type Layout } from './query/layout';
import { parametersOf, readQuery, type RowQuery } from './query/rows';

export type Page = { name: 'home' } | { name: 'share' | 'embed'; id: string } | { name: 'unknown' };

export function pageAt(path: string): Page {
  if (path === '/' || path === '/index.html') return { name: 'home' };
  const [, id, embed] = /^\/s\/([A-Za-z0-9_-]+)(\/embed)?\/?$/.exec(path) ?? [];
  if (id === undefined) return { name: 'unknown' };
  return { name: embed === undefined ? 'share' : 'embed', id };
}

class Address {
  page = $state.raw<Page>(pageAt(location.pathname));

  go(path: string): void {
    history.pushState(null, '', path);
    this.page = pageAt(location.pathname);
  }

  follow(): void {
    this.page = pageAt(location.pathname);
  }
}

export const address = new Address();

/** What is looked at, in whichever revision. */
export interface View {
  /** By name; null where there is no choice. */
  sheet: string | null;
  /** What is asked of the rows. */
  query: RowQuery;
  /** Which columns are shown, and how. */
  layout: Layout;
  /** What is drawn of the rows. */
  chart?: Chart | undefined;
}

export interface Place extends View {
  /** 0-based. */
  row: number;
  /** A certain revision; null follows the newest. */
  revision: number | null;
}

/** What the address names. */
export function readAddress(): Place {
  const search = new URLSearchParams(location.search);
  return {
    sheet: search.get('sheet'),
    row: (positive(search.get('row')) ?? 1) - 1,
    revision: positive(search.get('revision')),
    query: readQuery(search),
    layout: readLayout(search),
    chart: readChart(search),
  };
}

/** The search part of an address that names a place. */
export function searchOf(place: Place): string {
  const search = new URLSearchParams();
  if (place.revision !== null) search.set('revision', String(place.revision));
  if (place.sheet !== null) search.set('sheet', place.sheet);
  for (const [name, value] of parametersOf(place.query)) search.append(name, value);
  for (const [name, value] of layoutParameters(place.layout)) search.append(name, value);
  for (const [name, value] of place.chart === undefined ? [] : chartParameters(place.chart)) {
    search.append(name, value);
  }
  if (place.row > 0) search.set('row', String(place.row + 1));
  return search.size === 0 ? '' : `?${search.toString()}`;
}

/** The path of the same view of a share: of a certain revision, or of the newest (null). */
export function pathOf(shareId: string, revision: number | null, view: View, row = 0): string {
  return `/s/${shareId}${searchOf({ ...view, revision, row })}`;
}

/** Puts a place into the address; `step`: such that the back button leads away from it again. */
export function noteInAddress(place: Place, step = false): void {
  const search = searchOf(place);
  if (search === location.search) return;
  const path = location.pathname + search + location.hash;
  if (step) history.pushState(null, '', path);
  else history.replaceState(history.state, '', path);
}

function positive(text: string | null): number | null {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : null;
}
