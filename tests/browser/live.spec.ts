import type { Page } from '../../frontend/browser/kit';
import {
  expect,
  type MadeRevision,
  type MadeShare,
  reviseOver,
  shareOver,
  test,
  watchForBrokenRules,
} from './fixtures';
import { cell, dragThumb, expectRowVisible, grid, scrollTop, upload, whenShown } from './pages';
import type { Server } from './server';
import { numbered } from './tables';

/** How soon after a revision is ready a reader sees its rows, in milliseconds. */
const SOON = 2_000;

/** How long after revision `number` was ready its rows came to be on a page, in milliseconds. */
async function delayOf(
  server: Server,
  share: MadeShare,
  number: number,
  shown: Promise<number>,
): Promise<number> {
  const at = await shown;
  const answer = await fetch(`${server.url}/api/v1/shares/${share.id}/revisions/${String(number)}`);
  return at - Date.parse(((await answer.json()) as MadeRevision).finished_at);
}

test('two readers on one link see every revision, and find back after a crash', async ({
  browser,
  ownServer,
}) => {
  const share = await shareOver(ownServer, numbered('prices.csv', 3_000, 'first'));
  const contexts = [await browser.newContext(), await browser.newContext()];
  const [writer, reader] = [await contexts[0]?.newPage(), await contexts[1]?.newPage()];
  if (writer === undefined || reader === undefined) throw new Error('no pages');
  const broken = [watchForBrokenRules(writer), watchForBrokenRules(reader)];
  await writer.goto(`${ownServer.url}/s/${share.id}#edit=${share.token}`);
  await reader.goto(`${ownServer.url}/s/${share.id}`);
  await expect(cell(writer, 'first 1')).toBeVisible();
  await expect(cell(reader, 'first 1')).toBeVisible();
  await expect(reader.getByText('Live')).toBeVisible();

  await dragThumb(reader, 0.5);
  await expectRowVisible(reader, 1_505);
  const place = await scrollTop(reader);

  const second = whenShown(reader, 'second 1505');
  const told = reader.getByText(/^Revision 2, .*: 3,003 rows, 3 more\. Here: /).waitFor();
  await upload(writer, numbered('prices-2.csv', 3_003, 'second'));
  await told;
  const delays = [await delayOf(ownServer, share, 2, second)];
  await expect(writer.getByText(/Revision 2 ·/)).toBeVisible();
  await expect(cell(reader, 'second 1505')).toBeInViewport();
  expect(await scrollTop(reader)).toBe(place);

  await ownServer.kill();
  await expect(reader.getByText('Reconnecting…')).toBeVisible();
  await ownServer.start();
  await expect(reader.getByText('Live')).toBeVisible();
  await expect(writer.getByText('Live')).toBeVisible();
  expect(await scrollTop(reader)).toBe(place);

  const pages: [Page, string][] = [
    [reader, 'third 1505'],
    [writer, 'third 1'],
  ];
  const third = pages.map(([page, text]) => whenShown(page, text));
  await reviseOver(ownServer, share, numbered('prices-3.csv', 3_001, 'third'));
  for (const shown of third) delays.push(await delayOf(ownServer, share, 3, shown));
  for (const [page, text] of pages) await expect(cell(page, text)).toBeInViewport();
  expect(await scrollTop(reader)).toBe(place);
  // The middle one: a machine that holds its breath once is not what this is about.
  expect(delays.sort((a, b) => a - b)[1]).toBeLessThan(SOON);
  expect(broken).toEqual([[], []]);
  for (const context of contexts) await context.close();
});

test('a revision that was made while the server was away is caught up with', async ({
  page,
  ownServer,
}) => {
  const share = await shareOver(ownServer, numbered('a.csv', 100, 'old'));
  await page.goto(`${ownServer.url}/s/${share.id}`);
  await expect(cell(page, 'old 1')).toBeVisible();
  // Cut off from the channel and from everything else, the page misses the change itself.
  await page.context().setOffline(true);
  await reviseOver(ownServer, share, numbered('b.csv', 100, 'new'));
  await ownServer.kill();
  await ownServer.start();
  await page.context().setOffline(false);
  await expect(cell(page, 'new 1')).toBeVisible();
});

test('the active cell and the width of a column outlive a revision', async ({
  page,
  server,
  makeShare,
}) => {
  const share = await makeShare(numbered('a.csv', 500, 'old'));
  await page.goto(`/s/${share.id}`);
  await grid(page).focus();
  await page.keyboard.press('ArrowRight');
  for (let press = 0; press < 4; press += 1) await page.keyboard.press('ArrowDown');
  await reviseOver(server, share, numbered('b.csv', 400, 'new'));
  await expect(cell(page, 'new 5')).toBeVisible();
  await expect(page.locator('[aria-selected=true]')).toHaveText('new 5');
});

test('a table that became shorter still shows its end', async ({ page, server, makeShare }) => {
  const share = await makeShare(numbered('a.csv', 5_000, 'old'));
  await page.goto(`/s/${share.id}`);
  await dragThumb(page, 1);
  await expect(cell(page, 'old 5000')).toBeInViewport();
  await reviseOver(server, share, numbered('b.csv', 40, 'new'));
  await expect(cell(page, 'new 40')).toBeInViewport();
  await expect(page.getByText('4,960 fewer')).toBeVisible();
});
