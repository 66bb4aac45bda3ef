import type { Browser, Page } from '../../frontend/browser/kit';
import { orders } from './asking';
import { expect, shareOver, test, watchForBrokenRules } from './fixtures';
import { dragThumb, expectRowVisible, grid } from './pages';
import { Stand } from './stand';

/** How many look at a share through one node. */
async function watchersAt(node: string): Promise<number> {
  const figures = await (await fetch(`${node}/metrics`)).text();
  return Number(/^tablecast_subscribers (\S+)$/m.exec(figures)?.[1] ?? 0);
}

/** A reader of its own, told apart by its browser's name: nginx spreads clients by that too. */
async function visitor(browser: Browser, userAgent: string, address: string): Promise<Page> {
  const context = await browser.newContext({ userAgent });
  const page = await context.newPage();
  await page.goto(address);
  await expect(page.getByText('Live')).toBeVisible();
  return page;
}

test('one leads two through two nodes, and all recover when a node dies', async ({ browser }) => {
  const stand = new Stand();
  await stand.start();
  try {
    const share = await shareOver(stand, orders('orders.csv', 2_000));
    const address = `${stand.url}/s/${share.id}`;
    const leader = await visitor(browser, 'Leader', `${address}#edit=${share.token}`);
    const follower = await visitor(browser, 'Follower', address);
    const wanderer = await visitor(browser, 'Wanderer', address);
    const everyone = [leader, follower, wanderer];
    const broken = everyone.map(watchForBrokenRules);

    await leader.getByRole('button', { name: 'Present', exact: true }).click();
    await expect(leader.getByText('You are presenting')).toBeVisible();
    await dragThumb(leader, 0.5);
    await expectRowVisible(leader, 1_000);
    for (const page of [follower, wanderer]) {
      await page.getByRole('button', { name: 'Follow' }).click();
      await expectRowVisible(page, 1_000);
    }
    await grid(wanderer).hover();
    await wanderer.mouse.wheel(0, 3_000);
    await expect(wanderer.getByText('You look around by yourself now.')).toBeVisible();

    for (const node of [0, 1]) {
      const other = stand.nodes[1 - node] ?? '';
      await stand.order('kill', node);
      await expect.poll(() => watchersAt(other)).toBe(everyone.length);
      await dragThumb(leader, node === 0 ? 0.25 : 0.75);
      await expectRowVisible(leader, node === 0 ? 505 : 1_500);
      await expectRowVisible(follower, node === 0 ? 505 : 1_500);
      for (const page of everyone) await expect(page.getByText('Live')).toBeVisible();
      await stand.order('start', node);
    }
    await wanderer.getByRole('button', { name: 'Follow again' }).click();
    await expectRowVisible(wanderer, 1_500);
    expect(broken).toEqual([[], [], []]);
    for (const page of everyone) await page.context().close();
  } finally {
    await stand.close();
  }
});
