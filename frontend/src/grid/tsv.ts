/** Cells as spreadsheet programs exchange them: tabs between, quotes around what needs them. */
import type { Cell } from '../api/types';

export function tsvOf(rows: readonly (readonly (Cell | undefined)[])[]): string {
  return rows.map((row) => row.map(written).join('\t')).join('\n');
}

function written(cell: Cell | undefined): string {
  const text = cell == null ? '' : String(cell);
  return /["\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
