/** Cells as the reader's own language writes them, where what they mean is beyond doubt. */
import { getRows } from '../api/client';
import type { Column, Sheet } from '../api/types';
import type { TableView } from '../grid/view';
import { parametersOf } from '../query/rows';
import { language } from './language';
import { Meaning } from './meaning';
import { Saying } from './saying';

const PAGE_ROWS = 100;

interface Known {
  readonly meaning: Meaning;
  /** Offsets of the pages whose values were asked for. */
  readonly asked: Set<number>;
}

const saying = new Saying(language);
const sheets = new WeakMap<Sheet, Map<string, Known>>();
/** Counts what was learned: who shows a cell shows it again. */
let learned = $state(0);

/** A cell, as it was written where it is in doubt. */
export function sayLocally(view: TableView, row: number, column: Column, text: string): string {
  void learned;
  const known = knownOf(view.sheet, column);
  const [meaning, ...others] = known.meaning.of(text);
  if (others.length > 0) ask(view, row, column, known);
  if (meaning === undefined || others.length > 0) return text;
  if (column.type === 'integer') return saying.whole(meaning);
  return column.type === 'number' ? saying.number(meaning) : saying.moment(meaning);
}

/** What the choice looks like. */
export function example(): string {
  return `${saying.number('12345.60')} · ${saying.moment('2026-01-31')}`;
}

function knownOf(sheet: Sheet, { key, type }: Column): Known {
  const columns = sheets.get(sheet) ?? new Map<string, Known>();
  sheets.set(sheet, columns);
  const known = columns.get(key) ?? { meaning: new Meaning(type), asked: new Set() };
  columns.set(key, known);
  return known;
}

/** The values of the page that a doubtful cell is in tell how its column is written. */
function ask(view: TableView, row: number, column: Column, { meaning, asked }: Known): void {
  const offset = Math.floor(row / PAGE_ROWS) * PAGE_ROWS;
  const at = view.columns.indexOf(column);
  if (view.revision === 0 || at < 0 || asked.has(offset)) return;
  asked.add(offset);
  const { shareId, revision, sheet, query } = view;
  const request = {
    shareId,
    revision,
    sheetIndex: sheet.index,
    offset,
    limit: PAGE_ROWS,
    columns: [column.key],
    query: parametersOf(query),
    values: 'typed' as const,
  };
  getRows(request, new AbortController().signal).then(
    ({ rows }) => {
      for (const [index, [value]] of (rows as unknown[][]).entries()) {
        const cell = view.cell(offset + index, at);
        if (cell != null && value != null) meaning.learn(String(cell), value);
      }
      learned += 1;
    },
    () => undefined, // It stays as it was written.
  );
}
