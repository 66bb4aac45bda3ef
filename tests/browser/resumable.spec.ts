/** Uploads that nothing on the way can spoil: what arrives is the file, whatever happened between. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from '../../frontend/browser/kit';
import { expect, test } from './fixtures';
import { cell } from './pages';
import type { Server } from './server';
import { csv, numbered } from './tables';

const ROWS = 1_000_000;
const SLOW_BYTES_PER_SECOND = 12_000_000;

/** A file of about 30 MB on the disk: one that a browser knows again. */
function large(folder: string): { path: string; sha256: string } {
  const { buffer } = numbered('measured.csv', ROWS);
  const path = join(folder, 'measured.csv');
  writeFileSync(path, buffer);
  return { path, sha256: createHash('sha256').update(buffer).digest('hex') };
}

/** Makes the line so slow that a file can be interrupted on it; the answer cuts it, and mends it. */
async function slowLine(
  page: Page,
  bytesPerSecond: number,
): Promise<(offline: boolean) => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const cut = async (offline: boolean): Promise<void> => {
    await session.send('Network.emulateNetworkConditions', {
      offline,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: bytesPerSecond,
    });
  };
  await cut(false);
  return cut;
}

async function untilPart(page: Page, percent: number): Promise<void> {
  const bar = page.getByRole('progressbar');
  await expect
    .poll(async () => Number(await bar.getAttribute('aria-valuenow')), { timeout: 30_000 })
    .toBeGreaterThanOrEqual(percent);
}

async function untilArrived(page: Page, server: Server): Promise<{ sha256: string; size: number }> {
  await expect(page).toHaveURL(/\/s\/[\w-]+$/, { timeout: 40_000 });
  const id = page.url().split('/').at(-1) ?? '';
  const answer = await fetch(`${server.url}/api/v1/shares/${id}/revisions/1`);
  return (await answer.json()) as { sha256: string; size: number };
}

test('a connection that is cut, and a server that is killed, cost nothing that has arrived', async ({
  page,
  ownServer,
}) => {
  test.setTimeout(120_000);
  const { path, sha256 } = large(ownServer.folder);
  await page.goto(ownServer.url);
  const cut = await slowLine(page, SLOW_BYTES_PER_SECOND);
  await page.setInputFiles('input[type=file]', path);
  await untilPart(page, 15);
  await cut(true);
  await expect(page.getByText('The connection is gone')).toBeVisible();
  await cut(false);
  await expect(page.getByText('The connection is gone')).toBeHidden();
  await untilPart(page, 55);
  await ownServer.kill();
  await expect(page.getByText('The connection is gone')).toBeVisible();
  await ownServer.start();
  expect(await untilArrived(page, ownServer)).toMatchObject({ sha256 });
});

test('after a reload the same file goes on where it was', async ({ page, ownServer }) => {
  test.setTimeout(120_000);
  const { path, sha256 } = large(ownServer.folder);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(ownServer.url);
  await slowLine(page, SLOW_BYTES_PER_SECOND);
  await page.setInputFiles('input[type=file]', path);
  const link = page.getByRole('textbox', { name: 'View link' });
  await expect(link).toHaveValue(/\/s\//);
  const address = await link.inputValue();
  await untilPart(page, 60);
  await page.reload();
  await expect(page.getByText(/measured\.csv: [\d.]+ MB of [\d.]+ MB sent/)).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('unfinished.png') });
  // Another file of the same name is not taken for it.
  const again = page.getByLabel('Choose the file again');
  await again.setInputFiles(csv('measured.csv', 'a,b', '1,2'));
  await expect(page.getByText('That is another file.')).toBeVisible();
  let sent = 0;
  page.on('request', (request) => {
    if (request.method() === 'PATCH') sent += Number(request.headers()['content-length'] ?? 0);
  });
  await again.setInputFiles(path);
  const arrived = await untilArrived(page, ownServer);
  expect(arrived).toMatchObject({ sha256 });
  expect(sent).toBeLessThan(arrived.size);
  expect(page.url()).toBe(address);
  await page.goto(ownServer.url);
  await expect(page.getByRole('link', { name: /measured/ })).toBeVisible();
  await expect(page.getByText('Choose the file again')).toHaveCount(0);
});

test('an upload waits while it is paused, and can be given up for good', async ({
  page,
  ownServer,
}) => {
  test.setTimeout(90_000);
  const { path } = large(ownServer.folder);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(ownServer.url);
  await slowLine(page, 4_000_000);
  await page.setInputFiles('input[type=file]', path);
  await untilPart(page, 5);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Paused')).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('paused.png') });
  await page.getByRole('button', { name: 'Go on' }).click();
  await untilPart(page, 10);
  await page.reload();
  await page.getByRole('button', { name: 'Give it up' }).click();
  await expect(page.getByText('Choose the file again')).toHaveCount(0);
  await expect
    .poll(async () => {
      await page.reload();
      return page.getByText('Nothing here yet').isVisible();
    })
    .toBe(true);
});

test('a new version goes on after a reload, too', async ({ page, makeShare, server }) => {
  const share = await makeShare(csv('towns.csv', 'town,people', 'Voss,16003'));
  const { path, sha256 } = large(server.folder);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, 'Voss')).toBeVisible();
  await slowLine(page, SLOW_BYTES_PER_SECOND);
  await page.setInputFiles('input[type=file]', path);
  await untilPart(page, 30);
  await page.reload();
  await page.getByLabel('Choose the file again').setInputFiles(path);
  await expect(cell(page, 'row 1')).toBeVisible({ timeout: 40_000 });
  const answer = await fetch(`${server.url}/api/v1/shares/${share.id}/revisions/2`);
  expect(await answer.json()).toMatchObject({ sha256 });
});
