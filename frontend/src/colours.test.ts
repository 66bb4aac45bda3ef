import { describe, expect, test } from 'vitest';

import style from './app.css?raw';

const NAMED = /--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g;
const COLOURS = new Map(
  [...style.matchAll(NAMED)].map(([, name = '', light = '', dark = '']) => [name, [light, dark]]),
);

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** What a program that looks at a page cannot tell: it passes over single signs, and what is drawn beneath. */
describe.each(['light', 'dark'])('in %s', (scheme) => {
  function of(name: string): string {
    return COLOURS.get(name)?.[scheme === 'light' ? 0 : 1] ?? '';
  }

  const grounds = ['ground', 'surface', 'header', 'raised', 'tint', 'tint-strong', 'found'];

  test.each(['ink', 'quiet', 'accent', 'warn', 'danger'])('%s is legible on any ground', (ink) => {
    for (const ground of grounds) {
      expect(contrast(of(ink), of(ground)), ground).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('what is faint is legible on plain ground', () => {
    for (const ground of ['surface', 'raised']) {
      expect(contrast(of('faint'), of(ground)), ground).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('what is written on the accent, and on its opposite, is legible', () => {
    expect(contrast(of('on-accent'), of('accent'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(of('ground'), of('ink'))).toBeGreaterThanOrEqual(4.5);
  });
});
