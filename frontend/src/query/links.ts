/** Cells that lead somewhere: the whole of them is an address a click can do no harm with. */
const ADDRESS = /^(https?:\/\/|mailto:)[^\s<>"]{3,2000}$/i;

export function linkIn(cell: unknown): string | null {
  if (typeof cell !== 'string' || !ADDRESS.test(cell)) return null;
  return URL.canParse(cell) ? cell : null;
}
