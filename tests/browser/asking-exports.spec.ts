import { readFileSync } from 'node:fs';

import { expect, test } from './fixtures';
import { cell } from './pages';
import { csv, numbered } from './tables';

test('this very view is a file, a link and code', async ({ page, makeShare }) => {
  const share = await makeShare(numbered('numbers.csv', 2_000));
  await page.goto(`/s/${share.id}?id__lte=3&sort=-id`);
  await expect(cell(page, 'row 3')).toBeVisible();
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('3 rows, 4 columns')).toBeVisible();

  const coming = page.waitForEvent('download');
  await dialog.getByRole('link', { name: 'Download CSV' }).click();
  const path = await (await coming).path();
  expect(readFileSync(path, 'utf8').trim().split(/\r?\n/)).toEqual([
    'id,name,amount,day',
    '3,row 3,3.75,2026-01-04',
    '2,row 2,2.50,2026-01-03',
    '1,row 1,1.25,2026-01-02',
  ]);

  const link = dialog.getByLabel('Link to this file');
  await expect(link).toHaveValue(new RegExp(`/s/${share.id}\\.csv\\?id__lte=3&sort=-id$`));
  const code = dialog.getByRole('textbox', { name: 'The same in code' });
  await expect(code).toHaveValue(/^curl .*\.csv\?id__lte=3&sort=-id'$/);
  await dialog.getByRole('button', { name: 'pandas' }).click();
  await expect(code).toHaveValue(/pd\.read_csv\("http/);
  await dialog.getByText('Parquet').click();
  await expect(code).toHaveValue(/pd\.read_parquet\("http.*\.parquet\?/);
  await dialog.getByRole('button', { name: 'R', exact: true }).click();
  await expect(code).toHaveValue(/library\(arrow\)/);
  await dialog.getByText('Revision 1, for ever').click();
  await expect(link).toHaveValue(new RegExp(`/s/${share.id}/r/1\\.parquet\\?`));
  await expect(dialog.getByText('Raw: leave cells alone')).toBeHidden();
  await dialog.getByText('Excel').click();
  await dialog.getByText('Raw: leave cells alone').click();
  await expect(link).toHaveValue(/raw=true$/);
});

test('every format can be had', async ({ page, makeShare }) => {
  const share = await makeShare(csv('a.csv', 'a,b', '1,x', '2,y'));
  await page.goto(`/s/${share.id}?sort=-a`);
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog');
  for (const format of ['CSV', 'TSV', 'Excel', 'JSON', 'JSON Lines', 'Parquet', 'Arrow']) {
    await dialog.getByRole('radio', { name: format, exact: true }).check();
    const url = await dialog.getByLabel('Link to this file').inputValue();
    const answer = await page.request.get(url);
    expect(answer.status(), url).toBe(200);
    expect((await answer.body()).length).toBeGreaterThan(5);
  }
});

test('code is copied as it is shown', async ({ page, makeShare, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const share = await makeShare(csv('a.csv', 'a,b', '1,x'));
  await page.goto(`/s/${share.id}`);
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'pandas' }).click();
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(dialog.getByText('Copied')).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(
    `import pandas as pd\n\ntable = pd.read_csv("${new URL(page.url()).origin}/s/${share.id}.csv")`,
  );
});
