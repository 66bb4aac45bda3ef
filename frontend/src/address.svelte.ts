/** Which of the two pages the address bar names. Links are plain; only uploads navigate by code. */
export type Page = { name: 'home' } | { name: 'share'; id: string } | { name: 'unknown' };

export function pageAt(path: string): Page {
  if (path === '/' || path === '/index.html') return { name: 'home' };
  const share = /^\/s\/([A-Za-z0-9_-]+)\/?$/.exec(path);
  return share?.[1] === undefined ? { name: 'unknown' } : { name: 'share', id: share[1] };
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

/** Puts sheet and row into the address without a step in the history. */
export function noteInAddress(sheet: string | null, row: number): void {
  const query = new URLSearchParams();
  const { revision } = readAddress();
  if (revision !== null) query.set('revision', String(revision));
  if (sheet !== null) query.set('sheet', sheet);
  if (row > 0) query.set('row', String(row + 1));
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  if (search === location.search) return;
  history.replaceState(history.state, '', location.pathname + search + location.hash);
}

export interface Place {
  sheet: string | null;
  /** 0-based. */
  row: number;
  /** A certain revision; null follows the newest. */
  revision: number | null;
}

/** What the address names. */
export function readAddress(): Place {
  const query = new URLSearchParams(location.search);
  const row = positive(query.get('row')) ?? 1;
  return { sheet: query.get('sheet'), row: row - 1, revision: positive(query.get('revision')) };
}

function positive(text: string | null): number | null {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : null;
}
