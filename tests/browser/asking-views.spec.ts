import { header, openPanel, orders, panel } from './asking';
import { expect, reviseOver, test } from './fixtures';
import { cell, dragThumb, expectRowVisible } from './pages';
import { csv, numbered } from './tables';
import { workbook } from './workbook';

test('a link is a view, and the back button takes a step back', async ({ page, makeShare }) => {
  const share = await makeShare(orders('orders.csv', 2_000));
  await page.goto(`/s/${share.id}?store__eq=Oslo&sort=-price&row=200`);
  await expect(page.getByText('500 of 2,000 rows')).toBeVisible();
  await expect(page.getByRole('rowheader', { name: '200', exact: true })).toBeInViewport();
  await expect(header(page, 'price')).toHaveAttribute('aria-sort', 'descending');
  await header(page, 'order').click();
  await expect(page.locator('[data-row="0"][data-column="0"]')).toHaveText('4');
  await header(page, 'order').click();
  await expect(page.locator('[data-row="0"][data-column="0"]')).toHaveText('2000');
  await page.goBack();
  await expect(page.locator('[data-row="0"][data-column="0"]')).toHaveText('4');
  await page.goBack();
  await expect(header(page, 'price')).toHaveAttribute('aria-sort', 'descending');
  await expect(page.getByRole('rowheader', { name: '200', exact: true })).toBeInViewport();
  await page.goForward();
  await expect(header(page, 'order')).toHaveAttribute('aria-sort', 'ascending');
  await page.reload();
  await expect(page.locator('[data-row="0"][data-column="0"]')).toHaveText('4');
  await expect(page.getByText('500 of 2,000 rows')).toBeVisible();
});

test('a new revision answers the same question, at the same place', async ({
  page,
  server,
  makeShare,
}) => {
  const share = await makeShare(numbered('a.csv', 5_000, 'old'));
  await page.goto(`/s/${share.id}?id__gt=1000&sort=-id`);
  await expect(cell(page, 'old 5000')).toBeVisible();
  await dragThumb(page, 0.5);
  await expectRowVisible(page, 2_005);
  await reviseOver(server, share, numbered('b.csv', 5_000, 'new'));
  await expect(cell(page, 'new 2996')).toBeInViewport();
  await expectRowVisible(page, 2_005);
  await expect(page.getByText('4,000 of 5,000 rows')).toBeVisible();
});

test('what a new revision has no column for is said, and can be dropped', async ({
  page,
  server,
  makeShare,
}) => {
  const share = await makeShare(
    csv('a.csv', 'name,region', 'one,north', 'two,south', 'three,north'),
  );
  await page.goto(`/s/${share.id}?region__eq=north`);
  await expect(page.getByText('2 of 3 rows')).toBeVisible();
  await reviseOver(server, share, csv('b.csv', 'name,place', 'four,north', 'five,south'));
  await expect(cell(page, 'five')).toBeVisible();
  await expect(page.getByText('There is no column “region” in this revision')).toBeVisible();
  await page.getByRole('button', { name: 'Drop it' }).click();
  await expect(page.getByText('There is no column')).toBeHidden();
  expect(new URL(page.url()).search).toBe('');
});

test('no row that fits is a sentence and a way back', async ({ page, makeShare }) => {
  const share = await makeShare(orders('orders.csv', 100));
  await page.goto(`/s/${share.id}?q=nowhere`);
  await expect(page.getByText('No row fits this question.')).toBeVisible();
  await expect(page.getByText('0 of 100 rows')).toBeVisible();
  await page.getByRole('button', { name: 'Show the whole table' }).click();
  await expect(cell(page, 'Bergen').first()).toBeVisible();
});

test('a question that takes too long is said in plain words, and the rows stay', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 100));
  await page.route('**/rows?*sort=*', (route) =>
    route.fulfill({
      status: 422,
      contentType: 'application/problem+json',
      body: JSON.stringify({ title: 'Too long', status: 422, code: 'query_timeout' }),
    }),
  );
  await page.goto(`/s/${share.id}`);
  await header(page, 'store').click();
  await expect(page.getByText('This took longer than the server allows.')).toBeVisible();
  await expect(cell(page, 'Bergen').first()).toBeVisible();
  await page.getByRole('button', { name: 'Back to what you see' }).click();
  await expect(page.getByText('This took longer')).toBeHidden();
});

test('an address that asks nonsense says so, and shows the table on request', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(orders('orders.csv', 100));
  await page.goto(`/s/${share.id}?price__gte=cheap`);
  await expect(page.getByText('The table cannot be asked that')).toBeVisible();
  await page.getByRole('button', { name: 'Show the whole table' }).click();
  await expect(cell(page, 'Bergen').first()).toBeVisible();
});

test('an address may name a column as its header does, and hears of one that is near', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(csv('a.csv', 'State Name,TOTAL', 'one,1', 'two,2', 'three,3'));
  await page.goto(`/s/${share.id}?TOTAL__gte=2&sort=-State Name&columns=TOTAL,State Name&row=2`);
  await expect(page.getByText('2 of 3 rows')).toBeVisible();
  await expect(page).toHaveURL(/\?total__gte=2&sort=-state_name&columns=total%2Cstate_name&row=2$/);
  await expect(page.getByText('There is no column')).toHaveCount(0);
  await openPanel(page, 'TOTAL');
  await expect(panel(page)).toContainText('in addresses and the API: total');
  await page.goto(`/s/${share.id}?sort=totall`);
  await expect(page.getByText('Did you mean total?')).toBeVisible();
});

test('an address with a revision or a sheet that is not there leads on', async ({
  page,
  makeShare,
}) => {
  const book = workbook('book.xlsx', { North: [['a'], ['north 1']], South: [['a'], ['south 1']] });
  const share = await makeShare(book);
  await page.goto(`/s/${share.id}?sheet=West&columns=gone`);
  await expect(
    page.getByText('There is no sheet “West” in this revision. You see “North”.'),
  ).toBeVisible();
  await expect(
    page.getByText('There is no column “gone” in this revision to be shown.'),
  ).toBeVisible();
  await page.getByRole('button', { name: 'Drop it' }).first().click();
  await expect(page.getByText('There is no')).toHaveCount(0);
  await expect(cell(page, 'north 1')).toBeVisible();
  await page.goto(`/s/${share.id}?revision=7`);
  await expect(page.getByRole('heading', { name: 'There is no revision 7' })).toBeVisible();
  await page.getByRole('link', { name: 'Go to the newest' }).click();
  await expect(cell(page, 'north 1')).toBeVisible();
});

test('rows on the screen stay until the answer is there', async ({ page, makeShare }) => {
  const share = await makeShare(orders('orders.csv', 1_000));
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'Bergen').first()).toBeVisible();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/rows?*sort=-order*', async (route) => {
    await released;
    await route.continue();
  });
  await header(page, 'order').click();
  await header(page, 'order').click();
  await expect(page.locator('[aria-busy=true]')).toBeVisible();
  await expect(page.locator('[data-row="0"][data-column="0"]')).toHaveText('1');
  await expect(page.locator('.waiting')).toHaveCount(0);
  release();
  await expect(page.locator('[data-row="0"][data-column="0"]')).toHaveText('1000');
});

test('another revision is opened with the same question, and a copied link has it', async ({
  page,
  server,
  makeShare,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const share = await makeShare(numbered('a.csv', 500, 'old'));
  await reviseOver(server, share, numbered('b.csv', 500, 'new'));
  await page.goto(`/s/${share.id}?id__lte=20&sort=-id`);
  await expect(cell(page, 'new 20')).toBeVisible();
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByRole('link', { name: 'Open revision 1' }).click();
  await expect(cell(page, 'old 20')).toBeVisible();
  await expect(page.getByText('20 of 500 rows')).toBeVisible();
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText('Copied')).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(`${server.url}/s/${share.id}?revision=1&id__lte=20&sort=-id`);
  await page.getByRole('button', { name: 'Back to live' }).click();
  await expect(cell(page, 'new 20')).toBeVisible();
  await expect(page.getByText('20 of 500 rows')).toBeVisible();
});
