/** Uploads that nothing on the way can spoil: what arrives is the file, whatever happened between. */
import { createHash } from 'node:crypto';

import type { Page } from '../../frontend/browser/kit';
import { expect, test } from './fixtures';
import { CRAWLING, lineOf, SLOW, UNLIMITED } from './line';
import { cell, untilPart } from './pages';
import type { Server } from './server';
import { csv, numbered, onDisk } from './tables';

const ROWS = 1_000_000;

/** A file of about 30 MB on the disk: one that a browser knows again. */
function large(folder: string): { path: string; sha256: string } {
  const file = numbered('measured.csv', ROWS);
  const sha256 = createHash('sha256').update(file.buffer).digest('hex');
  return { path: onDisk(folder, file), sha256 };
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
  await untilPart(page, 40);
  await line(CRAWLING);
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
  await untilPart(page, 40);
  await line(CRAWLING);
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
  await line(CRAWLING);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Paused')).toBeVisible();
  await expect(page.getByText(/MB\/s/)).toHaveCount(0);
  await page.screenshot({ path: test.info().outputPath('paused.png') });
  await line(SLOW);
  await page.getByRole('button', { name: 'Go on' }).click();
  await untilPart(page, 20);
  await line(CRAWLING);
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
  await line(CRAWLING);
  await page.reload();
  await line(UNLIMITED);
  await page.getByLabel('Choose the file again').setInputFiles(path);
  await expect(cell(page, 'row 1')).toBeVisible();
  const answer = await fetch(`${server.url}/api/v1/shares/${share.id}/revisions/2`);
  expect(await answer.json()).toMatchObject({ sha256 });
});
