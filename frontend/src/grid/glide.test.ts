import { expect, test } from 'vitest';

import { glideAt, glideFrom } from './glide';

test('a short way is gone whole, of a long one only the end', () => {
  expect(glideFrom(100, 400)).toBe(100);
  expect(glideFrom(0, 1_000_000)).toBe(999_100);
  expect(glideFrom(1_000_000, 0)).toBe(900);
});

test('a movement never turns back and ends where it should', () => {
  const places = Array.from({ length: 40 }, (_, frame) => glideAt(0, 300, frame * 10));
  expect(places[0]).toBe(0);
  expect(places.at(-1)).toBe(300);
  expect(places.every((place, frame) => frame === 0 || place >= (places[frame - 1] ?? 0))).toBe(
    true,
  );
});
