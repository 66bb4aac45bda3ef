import { expect, test } from 'vitest';

import { linkIn } from './links';

test('web and mail addresses are links', () => {
  for (const cell of ['https://example.org/a?b=c', 'HTTP://example.org', 'mailto:a@example.org']) {
    expect(linkIn(cell)).toBe(cell);
  }
});

test('nothing else is, whatever it looks like', () => {
  const others = [
    'javascript:alert(1)',
    'data:text/html,x',
    ' https://example.org',
    'see https://example.org',
    'ftp://example.org',
    'https://',
    'https://exa mple.org',
    'java\nscript:alert(1)',
    null,
    12,
    true,
    undefined,
  ];
  for (const cell of others) expect(linkIn(cell)).toBeNull();
});
