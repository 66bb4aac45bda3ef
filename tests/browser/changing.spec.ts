/** A table that changes while somebody looks at it: what has changed, and staying with what was. */
import { expectAccessible } from './accessible';
import { expect, reviseOver, test } from './fixtures';
import { cell, grid } from './pages';
import { csv } from './tables';

const before = csv('prices.csv', 'item,price', 'tea,3', 'coffee,4', 'bread,5');
const after = csv(
  'prices.csv',
  'kind,item,price',
  'x,milk,2',
  'x,tea,3',
  'x,coffee,9',
  'x,bread,5',
);

test('a reader sees what has changed, stays, keeps that in the link, and comes back', async ({
  page,
  server,
  makeShare,
}) => {
  const share = await makeShare(before);
  await page.goto(`/s/${share.id}`);
  await cell(page, '4').click();
  await expect(page.getByText('Live')).toBeVisible();
  await page.clock.install();

  await reviseOver(server, share, after);
  await expect(page.getByRole('status').filter({ hasText: /^Revision 2, / })).toHaveText(
    /: 4 rows, 1 more, 1 column more \(kind\)\. Here: 1 new row and 1 changed cell\.$/,
  );
  // The row that came on top is new, those beneath it are the same, and the active cell is where it was.
  await expect(page.locator('.changed')).toHaveText(['milk', '2', '9']);
  await expect(page.locator('[aria-selected=true]')).toHaveText('3');
  await expect(grid(page)).toBeFocused();
  await expectAccessible(page);
  await page.clock.runFor(10_000);
  await expect(page.locator('.changed')).toHaveCount(0);

  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Paused at revision 2.')).toBeVisible();
  await reviseOver(server, share, csv('c.csv', 'item,price', 'third,1'));
  await reviseOver(server, share, csv('d.csv', 'item,price', 'fourth,1'));
  await expect(page.getByText('Paused at revision 2. 2 newer revisions.')).toBeVisible();
  await expect(cell(page, 'milk')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Pin it' }).click();
  await expect(page).toHaveURL(/\?revision=2/);
  await page.reload();
  await expect(page.getByText('You are looking at revision 2. 2 newer revisions.')).toBeVisible();
  await expect(cell(page, 'milk')).toBeVisible();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Back to live' }).press('Enter');
  await expect(cell(page, 'fourth')).toBeVisible();
  await expect(page.getByText(/^Revision 4, .*: 1 row, 3 fewer, 1 column fewer/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeFocused();
  await expect(page).not.toHaveURL(/revision/);
  await page.goBack();
  await expect(cell(page, 'milk')).toBeVisible();
});

test('a filter on numbers that becomes one on text says so, and so does the history', async ({
  page,
  server,
  makeShare,
}) => {
  const share = await makeShare(csv('p.csv', 'town,people', 'a,9000', 'b,12000', 'c,400'));
  await page.goto(`/s/${share.id}?people__gte=5000`);
  await expect(cell(page, '12000')).toBeVisible();
  await expect(page.getByText('people at least 5000')).toBeVisible();
  await expect(page.getByText('Live')).toBeVisible();

  await reviseOver(server, share, csv('p.csv', 'town,people', 'a,9000', 'b,12000', 'c,some'));
  const told = page
    .getByRole('status')
    .filter({ hasText: 'people holds text now, not whole numbers' });
  await expect(told.filter({ hasText: /^Revision 2, / })).toHaveText(/compares text\.$/);
  const note = told.filter({ has: page.getByRole('button', { name: 'All right' }) });
  await expect(note).toContainText('the filter on it compares text.');
  await expect(page.getByText('people at least “5000”, as text')).toBeVisible();
  await expect(cell(page, 'some')).toBeVisible();
  await expect(page.locator('.changed')).toHaveCount(0);
  await expectAccessible(page);
  await note.getByRole('button', { name: 'All right' }).click();
  await expect(note).toBeHidden();

  await reviseOver(server, share, csv('p.csv', 'place,inhabitants', 'a,9000'));
  await expect(page.getByText('other columns (place, inhabitants)')).toBeVisible();
  await page.getByRole('button', { name: 'History' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'columns? Revision 3' }).click();
  await expect(dialog.getByText('Beside revision 2: other columns (place,')).toBeVisible();
  await dialog.getByRole('button', { name: 'columns? Revision 2' }).click();
  await expect(dialog.getByText('Beside revision 1: people holds text now')).toBeVisible();
  await expectAccessible(page);
});
