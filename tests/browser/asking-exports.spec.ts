import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { expect, test } from './fixtures';
import { cell } from './pages';
import { PYTHON } from './server';
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
  await expect(code).toHaveValue(/pd\.read_csv\(\s*"http.*raw=true"/);
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
  const address = `${new URL(page.url()).origin}/s/${share.id}.csv?raw=true`;
  expect(copied).toContain('import pandas as pd\n');
  expect(copied).toContain(`    "${address}",\n    dtype={"b": "string"},\n`);
});

/** Runs each text as it is; what it makes of `table`, by rows, as JSON. */
async function tablesOf(snippets: readonly string[]): Promise<unknown[][]> {
  const program = `
import json, sys, warnings
warnings.simplefilter("ignore")
told = []
for snippet in json.load(sys.stdin):
    names = {}
    exec(snippet, names)
    told.append(json.loads(names["table"].to_json(orient="values", date_format="iso")))
print(json.dumps(told))
`;
  const running = promisify(execFile)(PYTHON, ['-c', program], { timeout: 90_000 });
  running.child.stdin?.end(JSON.stringify(snippets));
  return JSON.parse((await running).stdout) as unknown[][];
}

test('pandas reads what the table shows', async ({ page, makeShare }) => {
  const share = await makeShare(
    csv(
      'typed.csv',
      'Code,"say ""so""",n,x,euro,ok,day,written,at',
      '01,-1/2,7,1.50,"1.234,50",true,2024-01-31,31.12.2024,2024-05-01T10:00:00Z',
      '02,NA,,,,,,,',
      '04,=1+1,3,2.25,"12,75",false,2024-02-01,01.02.2024,2024-05-02T11:30:00Z',
    ),
  );
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, '=1+1')).toBeVisible();
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'pandas' }).click();
  const code = dialog.getByRole('textbox', { name: 'The same in code' });
  const snippets: string[] = [];
  for (const format of ['CSV', 'TSV', 'Excel', 'JSON', 'JSON Lines', 'Parquet', 'Arrow']) {
    await dialog.getByRole('radio', { name: format, exact: true }).check();
    snippets.push(await code.inputValue());
  }
  const [asCsv, asTsv, asExcel, ...values] = await tablesOf(snippets);
  const texts = [
    ['01', '-1/2'],
    ['02', 'NA'],
    ['04', '=1+1'],
  ] as const;
  // Written in another country's way, a cell stays what was written.
  const days = ['2024-01-31T00:00:00.000', '2024-02-01T00:00:00.000'];
  const moments = ['2024-05-01T10:00:00.000Z', '2024-05-02T11:30:00.000Z'];
  const written = [
    [...texts[0], 7, 1.5, '1.234,50', true, days[0], '31.12.2024', moments[0]],
    [...texts[1], null, null, null, null, null, null, null],
    [...texts[2], 3, 2.25, '12,75', false, days[1], '01.02.2024', moments[1]],
  ];
  expect(asCsv).toEqual(written);
  expect(asTsv).toEqual(written);
  for (const table of [asExcel, ...values]) {
    expect(table?.map((row) => (row as unknown[]).slice(0, 2))).toEqual(texts);
    expect(table?.map((row) => (row as unknown[])[4])).toEqual([1234.5, null, 12.75]);
  }
});
