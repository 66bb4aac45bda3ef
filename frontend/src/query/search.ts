/** Which cells hold what is searched for, as the server compares: whatever the case and accents. */
export function finderOf(search: string): ((cell: string) => boolean) | null {
  const wanted = folded(search);
  return wanted === '' ? null : (cell) => folded(cell).includes(wanted);
}

function folded(text: string): string {
  return text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}
