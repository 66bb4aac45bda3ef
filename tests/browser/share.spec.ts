import { expect, reviseOver, test } from './fixtures';
import { cell, drop, grid, upload } from './pages';
import { BROKEN, csv, numbered } from './tables';
import { Server } from './server';
import { workbook } from './workbook';

const cities = csv('cities.csv', 'city,people', 'Oslo,709037', 'Bergen,291940', 'Voss,');

test('a dropped file becomes a link and a table', async ({ page }) => {
  await page.goto('/');
  await drop(page, cities);
  await expect(page).toHaveURL(/\/s\/[\w-]+$/);
  await expect(cell(page, 'Bergen')).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'people' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'cities' })).toBeVisible();
  await expect(page.getByText('3 rows × 2 columns')).toBeVisible();
  await expect(page).toHaveTitle('cities · Tablecast');
});

test('the link is there while the file is still on its way', async ({ page }) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/api/v1/uploads/*', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/');
  await upload(page, cities);
  const link = page.getByRole('textbox', { name: 'View link' });
  await expect(link).toHaveValue(/\/s\/[\w-]+$/);
  await expect(page.getByRole('progressbar')).toBeVisible();
  release();
  await expect(cell(page, 'Oslo')).toBeVisible();
});

test('a cancelled upload leaves nothing behind', async ({ page }) => {
  await page.route('**/api/v1/uploads/*', (route) =>
    route.request().method() === 'PATCH' ? undefined : route.continue(),
  );
  await page.goto('/');
  await upload(page, cities);
  await expect(page.getByRole('textbox', { name: 'View link' })).toBeVisible();
  const deleted = page.waitForResponse(
    (answer) => answer.request().method() === 'DELETE' && answer.url().includes('/shares/'),
  );
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect((await deleted).status()).toBe(204);
  await expect(page.getByText('Drop a spreadsheet here')).toBeVisible();
});

test('an empty file is refused in plain words', async ({ page }) => {
  await page.goto('/');
  await upload(page, {
    name: 'empty.csv',
    mimeType: 'text/csv',
    buffer: Buffer.alloc(0),
  });
  await expect(page.getByRole('alert')).toContainText('The file is empty');
  // The same one would be refused again: another is what helps.
  await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0);
  await expect(page.getByText('Drop a spreadsheet here')).toBeVisible();
  await page.getByLabel('Choose another file').setInputFiles(cities);
  await expect(cell(page, 'Oslo')).toBeVisible();
});

test('a file over the limit is refused in plain words, however large it is', async ({
  browser,
}) => {
  const small = new Server({ TABLECAST_MAX_UPLOAD_BYTES: '1000000' });
  await small.start();
  const page = await browser.newPage();
  await page.goto(small.url);
  await upload(page, numbered('large.csv', 150_000));
  await expect(page.getByRole('alert')).toContainText('The file is larger than this server takes');
  await page.close();
  await small.close();
});

test('my shares lists what this browser shared', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByText('Nothing here yet')).toBeVisible();
  await upload(page, cities);
  await expect(cell(page, 'Oslo')).toBeVisible();
  await page.getByRole('link', { name: 'Tablecast' }).click();
  await page.getByRole('link', { name: /cities/ }).click();
  await expect(cell(page, 'Oslo')).toBeVisible();
});

test('whoever made it renames it in place', async ({ page }) => {
  await page.goto('/');
  await upload(page, cities);
  await page.getByRole('button', { name: 'cities' }).click();
  await page.getByRole('textbox', { name: 'Title' }).fill('Cities of Norway');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Cities of Norway' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Cities of Norway' })).toBeVisible();
});

test('whoever has only the link can look, and nothing else', async ({ page, makeShare }) => {
  const share = await makeShare(cities);
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'Oslo')).toBeVisible();
  await expect(page.getByText('a new version')).toHaveCount(0);
  await page.getByRole('button', { name: 'Share…' }).click();
  await expect(page.getByRole('textbox', { name: 'View link' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Edit link' })).toHaveCount(0);
});

test('an edit link gives the right to change, and leaves the address bar', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(cities);
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, 'Oslo')).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`/s/${share.id}$`));
  await upload(page, csv('more.csv', 'city,people', 'Oslo,709037', 'Tromsø,77992'));
  await expect(cell(page, 'Tromsø')).toBeVisible();
  await page.getByRole('button', { name: 'Share…' }).click();
  await expect(page.getByRole('textbox', { name: 'Edit link' })).toHaveValue(
    new RegExp(`#edit=${share.token}$`),
  );
});

test('a deleted share says so, everywhere at once', async ({ page, context, makeShare }) => {
  const share = await makeShare(cities);
  const other = await context.newPage();
  await other.goto(`/s/${share.id}`);
  await expect(cell(other, 'Oslo')).toBeVisible();
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, 'Oslo')).toBeVisible();
  await page.getByRole('button', { name: 'Share…' }).click();
  const dialog = page.getByRole('dialog');
  const end = async () => {
    await dialog.getByRole('button', { name: 'Delete this share…' }).click();
    await dialog.getByRole('button', { name: 'Delete for everyone' }).click();
    await expect(dialog.getByText('It is deleted for everyone in')).toBeVisible();
  };
  await end();
  await page.keyboard.press('Escape');
  await expect(dialog.getByText('Nothing was deleted.')).toBeVisible();
  await page.clock.install();
  await end();
  await page.clock.runFor(8_000);
  for (const [reader, who] of [
    [page, 'You deleted it for everyone.'],
    [other, 'Whoever made it has taken it away.'],
  ] as const) {
    await expect(reader.getByRole('heading', { name: 'This share was deleted' })).toBeVisible();
    await expect(reader.getByText(who)).toBeVisible();
  }
});

test('an unknown link says so', async ({ page }) => {
  await page.goto('/s/doesNotExist0000000000');
  await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
});

test('a revision that cannot be read keeps the table before it', async ({ page, makeShare }) => {
  const share = await makeShare(cities);
  await page.goto(`/s/${share.id}#edit=${share.token}`);
  await expect(cell(page, 'Oslo')).toBeVisible();
  await upload(page, BROKEN);
  await expect(page.getByText('Revision 2 (broken.xlsx) could not be read')).toBeVisible();
  await expect(page.getByText('You still see revision 1.')).toBeVisible();
  await expect(cell(page, 'Oslo')).toBeVisible();
});

test('a ragged file tells which lines were repaired', async ({ page, makeShare }) => {
  const share = await makeShare(csv('ragged.csv', 'a,b', '1,2', '3,4,5', '6,7', '8'));
  await page.goto(`/s/${share.id}`);
  const panel = page.getByText(/\d remarks?/);
  await panel.click();
  await expect(page.getByRole('listitem').filter({ hasText: 'line 3' })).toBeVisible();
});

test('sheet and row live in the address', async ({ page, makeShare }) => {
  const share = await makeShare(numbered('many.csv', 5_000));
  await page.goto(`/s/${share.id}?row=4000`);
  await expect(cell(page, 'row 4000')).toBeInViewport();
  await grid(page).focus();
  await page.keyboard.press('Control+Home');
  await expect(page).toHaveURL(new RegExp(`/s/${share.id}$`));
  await page.keyboard.press('PageDown');
  await expect(page).toHaveURL(/\?row=\d+$/);
});

const accounts = workbook('accounts.xlsx', {
  'May & June': [
    ['item', 'amount'],
    ['tea', 3],
    ['coffee', null],
  ],
  July: [['name'], ...Array.from({ length: 300 }, (_, row) => [`guest ${String(row + 1)}`])],
});

test('every sheet of a workbook has a tab, and the address names the one in sight', async ({
  page,
  makeShare,
}) => {
  const share = await makeShare(accounts);
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'coffee')).toBeVisible();
  await expect(page.getByRole('tab', { name: 'May & June' })).toHaveAttribute(
    'aria-selected',
    'true',
  );
  await page.getByRole('tab', { name: 'July' }).click();
  await expect(cell(page, 'guest 1')).toBeVisible();
  await expect(page).toHaveURL(/\?sheet=July$/);
  await page.goto(`/s/${share.id}?sheet=July&row=250`);
  await expect(cell(page, 'guest 250')).toBeInViewport();
  await page.getByRole('tab', { name: 'July' }).press('ArrowRight');
  await expect(cell(page, 'tea')).toBeVisible();
});

test('a missing value is told apart from an empty one', async ({ page, makeShare }) => {
  const share = await makeShare(accounts);
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, '–')).toBeVisible();
});

test('the original is byte for byte what was uploaded', async ({ page, makeShare }) => {
  const share = await makeShare(cities);
  await page.goto(`/s/${share.id}`);
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download original' }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe('cities.csv');
});

test('while a file is read its rows are counted, and the table before it stays', async ({
  page,
  server,
  makeShare,
}) => {
  const share = await makeShare(cities);
  await page.goto(`/s/${share.id}`);
  await expect(cell(page, 'Oslo')).toBeVisible();
  // Real readings are too quick to be watched: the browser is told that this one still goes on.
  const progress = { rows: 120_000, fraction: 0.4 };
  await page.route(/shares\/[\w-]+$/, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...((await answer.json()) as object), head: 1 } });
  });
  await page.route('**/revisions/2', async (route) => {
    const answer = await route.fetch();
    const revision = { ...((await answer.json()) as object), state: 'processing', progress };
    await route.fulfill({ json: revision });
  });
  await reviseOver(server, share, csv('towns.csv', 'city,people', 'Voss,16003'));
  await expect(page.getByText('Reading towns.csv')).toBeVisible();
  await expect(page.getByText('120,000 rows so far')).toBeVisible();
  await expect(page.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '40');
  await expect(cell(page, 'Oslo')).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('reading.png') });
});
