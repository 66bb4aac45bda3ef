import { expect, test } from 'vitest';

import { languageOf } from './language';

test.each([
  [['de-DE', 'en'], 'de-DE'],
  [['EN-us'], 'en-US'],
  [['en-US@posix'], 'en-US'],
  [['pt_BR.UTF-8'], 'pt-BR'],
  [['C', 'fr'], 'fr'],
  [['', 'a b', '*'], 'en'],
  [[], 'en'],
])('of %j it is %s', (wanted, language) => {
  expect(languageOf(wanted)).toBe(language);
  expect(new Intl.NumberFormat(language).format(1)).not.toBe('');
});
