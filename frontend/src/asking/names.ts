/** Columns that an address names otherwise than by their keys. */
import { getRows } from '../api/client';
import { asApiError } from '../api/problem';
import type { Column } from '../api/types';
import type { TableView } from '../grid/view';
import type { Layout } from '../query/layout';
import type { RowQuery } from '../query/rows';

/** What is asked of columns and which of them are shown. */
export interface Naming {
  readonly query: RowQuery;
  readonly layout: Layout;
}

/** The key of the one column with this header; else of the one that is spelt so but for its case. */
export function keyFor(name: string, columns: readonly Column[]): string | null {
  const exact = columns.filter((column) => column.name === name);
  const wanted = folded(name);
  const near = columns.filter((one) => [one.name, one.key].some((text) => folded(text) === wanted));
  const [column, ...others] = exact.length > 0 ? exact : near;
  return column === undefined || others.length > 0 ? null : column.key;
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** The same with keys in the place of names, wherever a name means one column; null: nothing to do. */
export function named({ query, layout }: Naming, columns: readonly Column[]): Naming | null {
  const keys = new Set(columns.map(({ key }) => key));
  let found = false;
  const keyOf = (key: string): string => {
    const other = keys.has(key) ? null : keyFor(key, columns);
    found ||= other !== null;
    return other ?? key;
  };
  const withKey = <T extends { key: string }>(one: T): T => ({ ...one, key: keyOf(one.key) });
  const names = {
    query: { ...query, filters: query.filters.map(withKey), sort: query.sort.map(withKey) },
    layout: { ...layout, columns: layout.columns?.map(keyOf) ?? null },
  };
  return found ? names : null;
}

/** What the API would have one ask instead of a column that is not there; empty: it does not know. */
export async function insteadOf(key: string, view: TableView): Promise<string> {
  const { shareId, revision, sheet } = view;
  const asked = { shareId, revision, sheetIndex: sheet.index, offset: 0, limit: 1 };
  try {
    await getRows({ ...asked, columns: [key], query: [] }, new AbortController().signal);
  } catch (error) {
    return /Did you mean .*$/.exec(asApiError(error).message)?.[0] ?? '';
  }
  return '';
}
