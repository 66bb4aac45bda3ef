/** What every browser test can ask for: a server, a page on it that accepts no broken rule, shares. */
import { base, expect, type Page } from '../../frontend/browser/kit';
import { Server } from './server';
import type { Upload } from './tables';

export interface MadeShare {
  id: string;
  token: string;
}

export interface MadeRevision {
  number: number;
  /** When it was ready for everyone: a date and time. */
  finished_at: string;
}

interface Fixtures {
  /** A server of this test's own, which it may kill. */
  ownServer: Server;
  /** Makes a share over the API, as a program would, and waits until its file is read. */
  makeShare: (upload: Upload, title?: string) => Promise<MadeShare>;
}

interface WorkerFixtures {
  server: Server;
  /** The same for tests that only look: a file that was uploaded once is not uploaded again. */
  largeShare: (upload: Upload) => Promise<MadeShare>;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  server: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const server = new Server();
      await server.start();
      await use(server);
      await server.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  largeShare: [
    async ({ server }, use) => {
      const made = new Map<string, Promise<MadeShare>>();
      await use((upload) => {
        const key = `${upload.name} ${String(upload.buffer.length)}`;
        const share = made.get(key) ?? shareOver(server, upload);
        made.set(key, share);
        return share;
      });
    },
    { scope: 'worker' },
  ],
  // eslint-disable-next-line no-empty-pattern
  ownServer: async ({}, use) => {
    const server = new Server();
    await server.start();
    await use(server);
    await server.close();
  },
  baseURL: async ({ server }, use) => {
    await use(server.url);
  },
  makeShare: async ({ server }, use) => {
    await use((upload, title) => shareOver(server, upload, title));
  },
  page: async ({ page }, use) => {
    const broken = watchForBrokenRules(page);
    await use(page);
    // A request that a test answers itself may be on its way when the test is over.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    expect(broken).toEqual([]);
  },
});

export { expect };

/** Collects script errors and violations of the content security policy. */
export function watchForBrokenRules(page: Page): string[] {
  const broken: string[] = [];
  page.on('pageerror', (error) => broken.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (/content security policy|trusted ?type/i.test(text)) broken.push(text);
  });
  return broken;
}

export async function shareOver(
  server: { url: string },
  upload: Upload,
  title = upload.name,
): Promise<MadeShare> {
  const query = new URLSearchParams({ filename: upload.name, title });
  const answer = await send(`${server.url}/api/v1/shares?${query.toString()}`, upload);
  const share = (await answer.json()) as { id: string; edit_token: string };
  return { id: share.id, token: share.edit_token };
}

/** Uploads one more revision and returns it once it is read. */
export async function reviseOver(
  server: { url: string },
  share: MadeShare,
  upload: Upload,
): Promise<MadeRevision> {
  const query = new URLSearchParams({ filename: upload.name });
  const answer = await send(
    `${server.url}/api/v1/shares/${share.id}/revisions?${query.toString()}`,
    upload,
    {
      Authorization: `Bearer ${share.token}`,
    },
  );
  return (await answer.json()) as MadeRevision;
}

async function send(
  url: string,
  upload: Upload,
  headers: Record<string, string> = {},
): Promise<Response> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/octet-stream',
      Prefer: 'wait=30',
      ...headers,
    },
    body: new Uint8Array(upload.buffer),
  });
  if (!answer.ok) throw new Error(`${String(answer.status)} ${await answer.text()}`);
  return answer;
}
