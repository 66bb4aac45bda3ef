/** Why something did not work, for a person. */
import type { ApiError } from '../api/problem';
import { strings } from '../strings';

export function reasonOf(error: ApiError | null): string {
  if (error === null) return '';
  if (error.status === 0) return strings.error.offline;
  return error.title === error.message ? error.title : `${error.title}. ${error.message}`;
}
