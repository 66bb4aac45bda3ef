/**
 * The edit tokens this browser was given, by share. The session cookie does the work in the
 * browser that made a share; a token arrives by an edit link, whose fragment no server sees.
 */
import { keep, kept } from '../kept';

const PREFIX = 'tablecast.edit.';

export function editToken(shareId: string): string | null {
  return kept(PREFIX + shareId);
}

export function keepEditToken(shareId: string, token: string): void {
  keep(PREFIX + shareId, token);
}

export function forgetEditToken(shareId: string): void {
  keep(PREFIX + shareId, null);
}

/** Takes a token out of `#edit=…`, keeps it, and clears it from the address bar. */
export function adoptTokenFromAddress(shareId: string): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('edit');
  if (token === null) return;
  if (token !== '') keepEditToken(shareId, token);
  history.replaceState(history.state, '', location.pathname + location.search);
}

/** The Authorization header for one share, empty where this browser holds no token. */
export function credentials(shareId: string): Record<string, string> {
  const token = editToken(shareId);
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

export function viewLink(shareId: string): string {
  return `${location.origin}/s/${shareId}`;
}

export function editLink(shareId: string): string | null {
  const token = editToken(shareId);
  return token === null ? null : `${viewLink(shareId)}#edit=${encodeURIComponent(token)}`;
}
