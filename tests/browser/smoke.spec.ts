import { expect, test } from './fixtures';
import { csv } from './tables';

test('a dropped file becomes a link and a table', async ({ page }) => {
  await page.goto('/');
  await page.setInputFiles('input[type=file]', csv('cities.csv', 'city,people', 'Oslo,709037', 'Bergen,291940'));
  await expect(page).toHaveURL(/\/s\/[\w-]+$/);
  await expect(page.getByRole('gridcell', { name: 'Bergen' })).toBeVisible();
});
