/** Which sheet of a revision a name means. */
import type { Revision, Sheet } from '../api/types';

/** Where there is none of that name, the first one. */
export function sheetOf(revision: Revision, name: string | null): Sheet | undefined {
  return revision.sheets.find((sheet) => sheet.name === name) ?? revision.sheets[0];
}
