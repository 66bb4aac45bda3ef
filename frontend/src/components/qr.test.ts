import { expect, test } from 'vitest';

import { codeOf } from './qr';

test('a link has a code with its three corners and a quiet zone', () => {
  const { size, path } = codeOf('https://tables.example/s/abcdefghijklmnopqrstuv');
  const dark = new Set(
    path
      .split('M')
      .slice(1)
      .map((one) => one.split('h')[0]),
  );
  expect(size).toBeGreaterThan(29);
  // The middle of each finder pattern, and nothing in the border.
  for (const corner of ['7 7', `${String(size - 8)} 7`, `7 ${String(size - 8)}`]) {
    expect(dark.has(corner)).toBe(true);
  }
  expect([...dark].some((at) => /^[0-3] | [0-3]$/.test(at ?? ''))).toBe(false);
});
