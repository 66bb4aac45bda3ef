import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { header, orders, panel } from './asking';
import { expect, test } from './fixtures';
import { cell } from './pages';

/** A page of another site: the same machine under another name. */
async function pageElsewhere(html: string): Promise<{ url: string; close: () => void }> {
  const site = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(html));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const { port } = site.address() as AddressInfo;
  return { url: `http://localhost:${String(port)}/`, close: () => site.close() };
}

test('a share has a code for cameras, and a frame for other pages that cannot change it', async ({
  page,
  context,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 200));
  await page.goto(`/s/${share.id}?sort=-order#edit=${share.token}`);
  await page.getByRole('button', { name: 'Share…' }).click();
  await panel(page).getByRole('button', { name: 'QR code' }).click();
  await expect(panel(page).getByRole('img', { name: /^QR code of http/ })).toBeVisible();
  const frame = await panel(page)
    .getByRole('textbox', { name: 'In a page of your own' })
    .inputValue();
  expect(frame).toContain(`/s/${share.id}/embed?sort=-order"`);

  const bare = frame.replace('/embed', '').replace('title="', 'title="not ');
  const blog = await pageElsewhere(`<h1>Blog</h1>${frame}${bare}`);
  const reader = await context.newPage();
  await reader.goto(blog.url);
  const inside = reader.frameLocator('iframe').first();
  await expect(inside.getByRole('gridcell', { name: '200', exact: true })).toBeVisible();
  await expect(inside.getByRole('link', { name: 'Open in Tablecast' })).toHaveAttribute(
    'href',
    `/s/${share.id}?sort=-order`,
  );
  await expect(inside.getByRole('button', { name: /Share|Upload|Present/ })).toHaveCount(0);
  await expect(reader.frameLocator('iframe').nth(1).getByRole('grid')).toHaveCount(0);
  blog.close();
});

test('a deletion can be taken back for a moment', async ({ page, makeShare }) => {
  const share = await makeShare(orders('orders.csv', 20));
  await page.clock.install();
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, 'Oslo').first()).toBeVisible();
  await page.getByRole('button', { name: 'Share…' }).click();
  for (const last of [false, true]) {
    await panel(page).getByRole('button', { name: 'Delete this share…' }).click();
    await panel(page).getByRole('button', { name: 'Delete for everyone' }).click();
    await page.clock.runFor(5_000);
    await expect(panel(page).getByText(/deleted for everyone in \d seconds/)).toBeVisible();
    if (!last) await panel(page).getByRole('button', { name: 'Undo' }).click();
  }
  await page.clock.runFor(5_000);
  await expect(page.getByText('This share was deleted')).toBeVisible();
});

test('a view is read by JavaScript as it is shown', async ({ page, server, makeShare }) => {
  const share = await makeShare(orders('orders.csv', 200));
  await page.goto(`/s/${share.id}?store__eq=Oslo&sort=-order&columns=order,price`);
  await expect(header(page, 'price')).toBeVisible();
  await page.getByRole('button', { name: 'Export' }).click();
  await panel(page).getByLabel('JSON', { exact: true }).check();
  await panel(page).getByRole('button', { name: 'JavaScript' }).click();
  const code = await panel(page).getByRole('textbox', { name: 'The same in code' }).inputValue();
  const read = new Function(`return (async () => { ${code}; return rows; })()`) as () => Promise<
    Record<string, unknown>[]
  >;
  const rows = await read();
  expect(rows).toHaveLength(50);
  expect(Object.keys(rows[0] ?? {})).toEqual(['order', 'price']);
  expect(rows[0]?.['order']).toBe(200);
  expect(code).toContain(server.url);
});
