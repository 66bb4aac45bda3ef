/** The language that numbers and days are written in here: the only place that asks the browser. */

/**
 * The first of these that is a language; a browser may say of itself what a system calls one
 * (`en-US@posix`, `de_DE.UTF-8`) or what is none at all (`C`).
 */
export function languageOf(wanted: readonly string[]): string {
  for (const one of wanted) {
    try {
      const [tag] = Intl.getCanonicalLocales(one.replace(/[.@].*/, '').replaceAll('_', '-'));
      if (tag !== undefined) return tag;
    } catch {
      // That is none: the reader may have named another.
    }
  }
  return 'en';
}

export const language = languageOf([navigator.language, ...navigator.languages]);
