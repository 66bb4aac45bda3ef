/** Uploads that nothing on the way can spoil: what arrives is the file, whatever happened between. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from '../../frontend/browser/kit';
import { expect, test } from './fixtures';
import { cell, untilPart } from './pages';
import type { Server } from './server';
import { csv, numbered } from './tables';

const ROWS = 1_000_000;
/** The whole file takes ten seconds: time enough to interrupt it where the test means to. */
const SLOW = 3_000_000;
const UNLIMITED = -1;

/** A file of about 30 MB on the disk: one that a browser knows again. */
function large(folder: string): { path: string; sha256: string } {
  const { buffer } = numbered('measured.csv', ROWS);
  const path = join(folder, 'measured.csv');
  writeFileSync(path, buffer);
  return { path, sha256: createHash('sha256').update(buffer).digest('hex') };
}

/** The line of a page: bytes a second on their way up; 0 cuts it. */
async function lineOf(page: Page): Promise<(bytesPerSecond: number) => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  return async (bytesPerSecond) => {
    await session.send('Network.emulateNetworkConditions', {
      offline: bytesPerSecond === 0,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: bytesPerSecond,
    });
  };
}

async function untilArrived(page: Page, server: Server): Promise<{ sha256: string; size: number }> {
  await expect(page).toHaveURL(/\/s\/[\w-]+$/);
  const id = page.url().split('/').at(-1) ?? '';
  const answer = await fetch(`${server.url}/api/v1/shares/${id}/revisions/1`);
  return (await answer.json()) as { sha256: string; size: number };
}

test('a connection that is cut, and a server that is killed, cost nothing that has arrived', async ({
  page,
  ownServer,
}) => {
  const { path, sha256 } = large(ownServer.folder);
  await page.goto(ownServer.url);
  const line = await lineOf(page);
  await line(SLOW);
  await page.setInputFiles('input[type=file]', path);
  await untilPart(page, 15);
  await line(0);
  await expect(page.getByText('The connection is gone')).toBeVisible();
  await line(SLOW);
  await expect(page.getByText('The connection is gone')).toBeHidden();
  await untilPart(page, 55);
  await ownServer.kill();
  await expect(page.getByText('The connection is gone')).toBeVisible();
  await line(UNLIMITED);
  await ownServer.start();
  expect(await untilArrived(page, ownServer)).toMatchObject({ sha256 });
});

test('after a reload the same file goes on where it was', async ({ page, ownServer }) => {
  const { path, sha256 } = large(ownServer.folder);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(ownServer.url);
  const line = await lineOf(page);
  await line(SLOW);
  await page.setInputFiles('input[type=file]', path);
  const link = page.getByRole('textbox', { name: 'View link' });
  await expect(link).toHaveValue(/\/s\//);
  const address = await link.inputValue();
  await untilPart(page, 60);
  await page.reload();
  await line(UNLIMITED);
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
  const { path } = large(ownServer.folder);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(ownServer.url);
  const line = await lineOf(page);
  await line(SLOW);
  await page.setInputFiles('input[type=file]', path);
  await untilPart(page, 5);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Paused')).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('paused.png') });
  await page.getByRole('button', { name: 'Go on' }).click();
  await untilPart(page, 10);
  await page.reload();
  const deleted = page.waitForResponse(
    (answer) => answer.request().method() === 'DELETE' && answer.url().includes('/shares/'),
  );
  await page.getByRole('button', { name: 'Give it up' }).click();
  await expect(page.getByText('Choose the file again')).toHaveCount(0);
  expect((await deleted).status()).toBe(204);
  await page.reload();
  await expect(page.getByText('Nothing here yet')).toBeVisible();
});

test('a new version goes on after a reload, too', async ({ page, makeShare, server }) => {
  const share = await makeShare(csv('towns.csv', 'town,people', 'Voss,16003'));
  const { path, sha256 } = large(server.folder);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, 'Voss')).toBeVisible();
  const line = await lineOf(page);
  await line(SLOW);
  await page.setInputFiles('input[type=file]', path);
  await untilPart(page, 30);
  await page.reload();
  await line(UNLIMITED);
  await page.getByLabel('Choose the file again').setInputFiles(path);
  await expect(cell(page, 'row 1')).toBeVisible();
  const answer = await fetch(`${server.url}/api/v1/shares/${share.id}/revisions/2`);
  expect(await answer.json()).toMatchObject({ sha256 });
});
