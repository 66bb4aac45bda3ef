import { expect, test } from 'vitest';

import { Attention } from './attention';

test('a tab that is looked at acts on everything at once', () => {
  const heard: string[][] = [];
  const attention = new Attention(
    (what) => heard.push([...what]),
    () => true,
  );
  attention.hear(new Set(['revision']));
  attention.hear(new Set(['progress']));
  expect(heard).toEqual([['revision'], ['progress']]);
  expect(attention.stale).toBe(false);
});

test('a hidden tab only marks itself stale, and asks once when it is shown', () => {
  const heard: string[][] = [];
  let shown = false;
  const attention = new Attention(
    (what) => heard.push([...what].sort()),
    () => shown,
  );
  attention.hear(new Set(['progress']));
  attention.hear(new Set(['progress', 'revision']));
  expect(heard).toEqual([]);
  expect(attention.stale).toBe(true);
  shown = true;
  attention.look();
  attention.look();
  expect(heard).toEqual([['progress', 'revision']]);
});
