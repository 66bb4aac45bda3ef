import type { Page } from '../../frontend/browser/kit';
import { header, orders } from './asking';
import { expect, test, watchForBrokenRules } from './fixtures';
import { dragThumb, expectRowVisible, grid } from './pages';

const first = (page: Page) => page.locator('[data-row="0"][data-column="0"]');

test('one leads and others follow, leave by their own hand, and come back', async ({
  page,
  browser,
  server,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 2_000));
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await page.getByRole('button', { name: 'Present', exact: true }).click();
  await expect(page.getByText('You are presenting')).toBeVisible();
  await dragThumb(page, 0.5);
  await expectRowVisible(page, 1_000);

  // Who comes later is offered to follow, and is not pulled along before.
  const context = await browser.newContext();
  const reader = await context.newPage();
  const broken = watchForBrokenRules(reader);
  await reader.goto(`${server.url}/s/${share.id}`);
  await expect(reader.getByText('Somebody is presenting this table.')).toBeVisible();
  await expectRowVisible(reader, 1);
  await expect(reader.getByRole('button', { name: 'Present', exact: true })).toHaveCount(0);
  await reader.getByRole('button', { name: 'Follow' }).click();
  await expectRowVisible(reader, 1_000);

  // Position and question come along.
  await dragThumb(page, 0.25);
  await expectRowVisible(page, 505);
  await expectRowVisible(reader, 505);
  await header(page, 'order').click();
  await header(page, 'order').click();
  await expect(first(reader)).toHaveText('2000');
  await expect(header(reader, 'order')).toHaveAttribute('aria-sort', 'descending');

  // The reader's own wheel is his own way.
  await grid(reader).hover();
  await reader.mouse.wheel(0, 3_000);
  await expect(reader.getByText('You look around by yourself now.')).toBeVisible();
  await header(page, 'store').click();
  await expect(first(page)).toHaveText('1');
  await expect(header(reader, 'order')).toHaveAttribute('aria-sort', 'descending');
  await reader.getByRole('button', { name: 'Follow again' }).click();
  await expect(header(reader, 'store')).toHaveAttribute('aria-sort', 'ascending');

  await page.getByRole('button', { name: 'Stop presenting' }).click();
  await expect(reader.getByText('The presenter has stopped.')).toBeVisible();
  await expect(reader.getByText('You see what the presenter shows.')).toHaveCount(0);
  await expect(reader.getByRole('button', { name: /follow/i })).toHaveCount(0);
  await reader.getByRole('button', { name: 'All right' }).click();
  await expect(reader.getByText('The presenter has stopped.')).toHaveCount(0);
  expect(broken).toEqual([]);
  await context.close();
});
