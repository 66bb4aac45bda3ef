/** Tables that come from the clipboard, and several files at once. */
import { expectAccessible, OPENED } from './accessible';
import { expect, test } from './fixtures';
import { cell, drop, paste } from './pages';
import { csv } from './tables';

const EXCEL = '<html xmlns:o="urn:schemas-microsoft-com:office:office"><table><tr><td>';

test('cells pasted from a spreadsheet are looked at, named, and shared as they are', async ({
  page,
}) => {
  await page.goto('/');
  await paste(page, 'code\tnote\r\n007\t"two\nlines"\r\n1,5\t5" pipe\r\n', EXCEL);
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('columnheader', { name: 'code' })).toBeVisible();
  await expect(dialog.getByRole('cell', { name: '007' })).toBeVisible();
  await expectAccessible(page, OPENED);
  await dialog.getByRole('textbox', { name: 'Its name' }).fill('Pipes 1/2');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/s\/[\w-]+$/);
  await expect(page.getByRole('heading', { name: 'Pipes 1/2' })).toBeVisible();
  await expect(cell(page, '007')).toBeVisible();
  await expect(cell(page, '1,5')).toBeVisible();
  await expect(cell(page, '5" pipe')).toBeVisible();
  await expect(cell(page, 'two ⏎ lines')).toBeVisible();

  // The same again, as a new version; a name with a comma is one cell, for there are no columns.
  await paste(page, 'name\r\nDoe, Jane\r\nRoe, Rick\r\n', EXCEL);
  await page.getByRole('button', { name: 'Make it the new version' }).click();
  await expect(cell(page, 'Doe, Jane')).toBeVisible();
  await expect(page.getByText(/^Revision 2 ·/)).toBeVisible();
});

test('a table of a page of the web keeps cells with line breaks whole', async ({ page }) => {
  await page.goto('/');
  const html =
    '<table><tr><th>city</th><th>note</th></tr><tr><td>Oslo</td><td>two<br>lines</td></tr></table>';
  await paste(page, 'city\tnote\nOslo\ttwo\nlines', html);
  await expect(page.getByRole('cell', { name: 'two lines' })).toBeVisible();
});

test('what is no table is not taken for one, and what is written is left alone', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(csv('a.csv', 'a', '1'));
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, '1')).toBeVisible();
  await page.getByRole('button', { name: 'a.csv' }).click();
  await paste(page, 'a\tb\n1\t2');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await paste(page, 'Oslo');
  await expect(page.getByRole('alert')).toContainText('That was a single cell.');
  await expectAccessible(page, OPENED);
  await page.getByRole('dialog').getByRole('textbox').fill('x;y\n1;2');
  await expect(page.getByRole('columnheader', { name: 'y' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.goto('/');
  await paste(page, '');
  await expect(page.getByRole('alert')).toContainText('There was nothing to read');
  await expectAccessible(page);
});

test('several files become several shares; a version is one file', async ({ page }) => {
  const files = [
    csv('north.csv', 'city', 'Tromsø'),
    csv('south.csv', 'city', 'Oslo'),
    { ...csv('empty.csv'), buffer: Buffer.alloc(0) },
  ];
  await page.goto('/');
  await drop(page, ...files);
  await expect(page.getByText('2 of 3 files shared')).toBeVisible();
  await expect(page.getByText(/The file is empty/)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Cancel: empty.csv' }).click();
  await expect(page.getByText('2 files shared')).toBeVisible();
  await page.getByRole('link', { name: 'Open: south.csv' }).click();
  await expect(cell(page, 'Oslo')).toBeVisible();
  await drop(page, ...files);
  await expect(page.getByRole('alert')).toHaveText('One file is one version: drop a single one.');
});
