/**
 * What this tab has heard of each share. Behind one address there may be several nodes, and the one
 * that answers a read may not have heard as much: it is told, and then answers nothing older.
 */
const heard = new Map<string, number>();

export function heardOf(shareId: string, seq: number): void {
  heard.set(shareId, seq);
}

/** The header that a read of the share is sent with. */
export function asNewAs(shareId: string): Record<string, string> {
  const seq = heard.get(shareId);
  return seq === undefined ? {} : { 'Tablecast-Seq': String(seq) };
}
