/** Looking at how a file was read, reading it differently, and going back in its history. */
import { expectAccessible } from './accessible';
import { expect, reviseOver, test } from './fixtures';
import { cell } from './pages';
import { csv, type Upload } from './tables';
import { workbook } from './workbook';

const first = csv('towns.csv', 'town,people', 'Voss,16003');
const second = csv('more towns.csv', 'town,people', 'Voss,16003', 'Bodø,43000');

/** Text in which the pipe means something else than it seems to. */
function western(name: string, text: string): Upload {
  return { name, mimeType: 'text/csv', buffer: Buffer.from(text, 'latin1') };
}

test('the report says in plain words what was found and what was repaired', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(
    csv('ragged.csv', 'a;b', ...Array.from({ length: 30 }, () => '1;2'), '3;4;5', '6;7;8', '9;9'),
  );
  await page.goto(`/s/${share.id}`);
  await page.getByText('1 remark').click();
  await expect(page.getByText(/2 rows had an extra cell; .*: lines 32, 33/).last()).toBeVisible();
  await expect(page.getByText(/delimited text, .*semicolon/)).toBeVisible();
  await expect(page.getByText('header in line 1')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Read it differently…' })).toHaveCount(0);
});

test('a table below the first is announced in plain words, and can be read instead', async ({
  page,
  makeShare,
}) => {
  const towns = ['town,people,since', 'Voss,16003,1964', 'Bodø,43000,1816', 'Oslo,709037,1048'];
  const goods = ['article,price,unit', 'tea,4.50,box', 'salt,1.20,bag', 'rye,2.10,loaf'];
  const share = await makeShare(csv('two.csv', ...towns, '', '', ...goods));
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await page.getByText('1 remark', { exact: true }).click();
  await expect(page.getByText('Another table stands below this one').last()).toBeVisible();
  await expect(page.getByText(/another table in lines 7–10/)).toBeVisible();
  await expect(page.getByText('3 rows', { exact: true }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Read it differently…' }).click();
  await page.getByRole('button', { name: 'the table in line 7' }).click();
  await expect(page.getByRole('cell', { name: 'salt' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Use this' }).click();
  await expect(cell(page, 'rye')).toBeVisible();
  await expect(cell(page, 'Voss')).toHaveCount(0);
});

test('a file is read differently, and what that gives is seen at once', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(
    western('dishes.csv', 'dish|price,old\ncrème|4,5\nrösti|7,8\npâté|6,9\n'),
  );
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await page.getByText('How this file was read').click();
  await page.getByRole('button', { name: 'Read it differently…' }).click();
  const preview = page.getByRole('region', { name: 'Preview' });
  await expect(preview.getByRole('cell').first()).toBeVisible();
  await page.getByLabel('Delimiter').selectOption('pipe');
  await expect(preview.getByRole('cell', { name: '4,5', exact: true })).toBeVisible();
  await page.getByLabel('Encoding').selectOption('Windows-1252');
  await expect(page.getByText('Windows-1252 (as you said)')).toBeVisible();
  await expect(preview.getByRole('cell', { name: 'crème', exact: true })).toBeVisible();
  await page.getByLabel('Encoding').selectOption('KOI8-R');
  await expect(preview.getByRole('cell', { name: 'crème', exact: true })).toHaveCount(0);
  await page.getByLabel('Encoding').selectOption('Windows-1252');
  await page.getByLabel('Line of the header').fill('0');
  await expect(preview.getByRole('cell', { name: 'dish', exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('Line of the header').fill('1');
  await expect(preview.getByRole('cell', { name: 'dish', exact: true })).toHaveCount(0);
  await page.getByRole('button', { name: 'Use this' }).click();
  await expect(page.getByText('Revision 2 ·')).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'price,old' })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('an earlier revision can be looked at, and made current again', async ({
  page,
  server,
  makeShare,
}) => {
  const share = await makeShare(first, 'Towns');
  await reviseOver(server, share, second);
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, 'Bodø')).toBeVisible();
  await page.getByRole('button', { name: 'History' }).click();
  await expect(page.getByText('what everyone sees')).toBeVisible();
  await expect(page.getByRole('dialog').getByText('1 row', { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Open revision 1' }).click();
  await expect(page.getByText('You are looking at revision 1.')).toBeVisible();
  await expect(cell(page, 'Voss')).toBeVisible();
  await expect(cell(page, 'Bodø')).toHaveCount(0);
  await expectAccessible(page);
  // What comes now does not take away what is looked at.
  await reviseOver(server, share, csv('third.csv', 'town', 'Oslo'));
  await page.getByRole('button', { name: 'History' }).click();
  await expect(page.getByText('Revision 3', { exact: true })).toBeVisible();
  await expect(cell(page, 'Voss')).toBeVisible();
  await page.getByRole('button', { name: 'Restore revision 2' }).click();
  await expect(page).toHaveURL(new RegExp(`/s/${share.id}$`));
  await expect(cell(page, 'Bodø')).toBeVisible();
  await expect(page.getByText('Revision 4 ·')).toBeVisible();
});

test('whoever has only the link sees the history, and can change nothing', async ({
  page,
  server,
  makeShare,
}) => {
  const share = await makeShare(first);
  await reviseOver(server, share, second);
  await page.goto(`/s/${share.id}?revision=1`);
  await expect(cell(page, 'Voss')).toBeVisible();
  await page.getByRole('button', { name: 'History' }).click();
  await expect(page.getByRole('link', { name: 'Open revision 1' })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Restore/ })).toHaveCount(0);
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Back to live' }).click();
  await expect(cell(page, 'Bodø')).toBeVisible();
});

test('one sheet of a workbook can be chosen', async ({ page, makeShare }) => {
  const share = await makeShare(
    workbook('accounts.xlsx', {
      May: [
        ['item', 'amount'],
        ['tea', 3],
      ],
      July: [['name'], ['Kari']],
    }),
  );
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await page.getByText('How this file was read').click();
  await page.getByRole('button', { name: 'Read it differently…' }).click();
  await expect(page.getByRole('cell', { name: 'tea' })).toBeVisible();
  await page.getByRole('combobox', { name: 'Sheet' }).selectOption('July');
  await expect(page.getByRole('cell', { name: 'Kari' })).toBeVisible();
  await page.getByRole('button', { name: 'Use this' }).click();
  await expect(cell(page, 'Kari')).toBeVisible();
  await expect(page.getByRole('tab')).toHaveCount(0);
});
