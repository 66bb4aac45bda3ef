/** Which cells hold what is searched for, as the server compares: whatever the case and accents. */
export function finderOf(search: string): ((cell: string) => boolean) | null {
  const wanted = folded(search);
  return wanted === '' ? null : (cell) => folded(cell).includes(wanted);
}

/** Letters that have no accent to take off, and yet are typed without: docs/api.md has the same. */
const LETTERS: Record<string, string> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
  ſ: 's',
  ə: 'e',
  ɓ: 'b',
  ɗ: 'd',
  ƙ: 'k',
  ƴ: 'y',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ŋ: 'ng',
};
const ANY_LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

function folded(text: string): string {
  const unaccented = text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
  return unaccented.replace(ANY_LETTER, (letter) => LETTERS[letter] ?? letter);
}
