import { beforeEach, expect, test, vi } from 'vitest';

import { Several } from './several.svelte';
import { Upload } from './upload.svelte';

/** What ends each upload, by the name of its file: with its share, or without one. */
let ends: Map<string, (shareId: string | null) => void>;

function files(...names: string[]): File[] {
  return names.map((name) => new File(['x'], name));
}

beforeEach(() => {
  ends = new Map();
  vi.spyOn(Upload.prototype, 'cancel').mockReturnValue(undefined);
  vi.spyOn(Upload.prototype, 'start').mockImplementation(
    (file) => new Promise((resolve) => ends.set(file.name, resolve)),
  );
});

async function end(name: string, shareId: string | null): Promise<void> {
  ends.get(name)?.(shareId);
  await Promise.resolve();
}

test('three files go at once, and the next when one of them is there', async () => {
  const several = new Several(files('a', 'b', 'c', 'd', 'e'));
  const over = several.run();
  expect([...ends.keys()]).toEqual(['a', 'b', 'c']);
  expect(several.busy).toBe(true);
  await end('b', 'share of b');
  await vi.waitFor(() => {
    expect([...ends.keys()]).toEqual(['a', 'b', 'c', 'd']);
  });
  expect(several.all.map(({ done }) => done)).toEqual([false, true, false, false, false]);
  for (const name of ['a', 'c', 'd']) await end(name, name);
  await vi.waitFor(() => {
    expect(ends.has('e')).toBe(true);
  });
  await end('e', 'e');
  await over;
  expect(several.busy).toBe(false);
});

test('what did not work does not keep the others', async () => {
  const several = new Several(files('a', 'b', 'c', 'd'));
  const over = several.run();
  await end('a', null);
  await vi.waitFor(() => {
    expect(ends.has('d')).toBe(true);
  });
  for (const name of ['b', 'c', 'd']) await end(name, name);
  await over;
  expect(several.all.map(({ done }) => done)).toEqual([false, true, true, true]);
});

test('what is given up while it waits is not sent', async () => {
  const several = new Several(files('a', 'b', 'c', 'd'));
  const over = several.run();
  several.all[3]?.cancel();
  expect(several.left).toHaveLength(3);
  for (const name of ['a', 'b', 'c']) await end(name, name);
  await over;
  expect(ends.has('d')).toBe(false);
  expect(several.busy).toBe(false);
});
