import { expect, reviseOver, shareOver, test, watchForBrokenRules } from './fixtures';
import { cell, dragThumb, expectRowVisible, grid, scrollTop, upload } from './pages';
import { numbered } from './tables';

/** How soon a reader sees what somebody else has uploaded. */
const SOON = 2_000;

test('two readers on one link see every revision, and find back after a crash', async ({
  browser,
  ownServer,
}) => {
  test.setTimeout(120_000);
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

  await upload(writer, numbered('prices-2.csv', 3_003, 'second'));
  await expect(writer.getByText(/Revision 2 ·/)).toBeVisible();
  await expect(cell(reader, 'second 1505')).toBeInViewport({ timeout: SOON });
  expect(await scrollTop(reader)).toBe(place);
  await expect(reader.getByText('Updated just now: revision 2, 3,003 rows (3 more)')).toBeVisible();

  await ownServer.kill();
  await expect(reader.getByText('Reconnecting…')).toBeVisible();
  await ownServer.start();
  await expect(reader.getByText('Live')).toBeVisible({ timeout: 20_000 });
  await expect(writer.getByText('Live')).toBeVisible({ timeout: 20_000 });
  expect(await scrollTop(reader)).toBe(place);

  await reviseOver(ownServer, share, numbered('prices-3.csv', 3_001, 'third'));
  await expect(cell(reader, 'third 1505')).toBeInViewport({ timeout: SOON });
  await expect(cell(writer, 'third 1')).toBeInViewport({ timeout: SOON });
  expect(await scrollTop(reader)).toBe(place);
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
  await expect(cell(page, 'new 1')).toBeVisible({ timeout: 20_000 });
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
  await expect(page.getByText('(4,960 fewer)')).toBeVisible();
});
