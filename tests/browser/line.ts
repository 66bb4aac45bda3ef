/** The line between a page and the server, as slow as a test needs it. */
import type { Page } from '../../frontend/browser/kit';

/** So slow that a test can still stop a file of some megabytes where it means to. */
export const SLOW = 3_000_000;
/**
 * So slow that no file arrives while a test looks at what is there. It holds from the next part on
 * (16 MiB): a part that is on its way already may come through.
 */
export const CRAWLING = 10_000;
export const UNLIMITED = -1;

/** Sets how many bytes a second go up; 0 cuts the line. */
export async function lineOf(page: Page): Promise<(bytesPerSecond: number) => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  return async (bytesPerSecond) => {
    await session.send('Network.emulateNetworkConditions', {
      offline: bytesPerSecond === 0,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: bytesPerSecond,
    });
  };
}
