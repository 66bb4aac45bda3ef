// Uploads a file with tus-js-client, as a page would: node resume.mjs ENDPOINT FILE MEMORY [SHARE TOKEN]
//
// MEMORY is a file in which the client keeps the addresses of its uploads, as a browser does over a
// reload: run it again after it was killed, and it goes on where it was. Tells what came as JSON.

import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';

const { Upload, FileUrlStorage } = createRequire(
  new URL('../../frontend/package.json', import.meta.url),
)('tus-js-client');

const [endpoint, path, memory, share, token] = process.argv.slice(2);
let begun = null;
let revision = null;

const upload = new Upload(createReadStream(path), {
  endpoint,
  metadata: { filename: 'table.csv', ...(share ? { share } : {}) },
  headers: token ? { Authorization: `Bearer ${token}` } : {},
  retryDelays: [0, 50, 100, 200, 400, 800, 1600, 3200],
  urlStorage: new FileUrlStorage(memory),
  fingerprint: async () => `${path} for ${share ?? 'a new share'}`,
  removeFingerprintOnSuccess: true,
  onAfterResponse: (request, response) => {
    if (request.getMethod() === 'POST') begun = JSON.parse(response.getBody());
    revision = response.getHeader('Tablecast-Revision') ?? revision;
  },
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess: () => {
    console.log(JSON.stringify({ url: upload.url, begun, revision: Number(revision) }));
  },
});

const [previous] = await upload.findPreviousUploads();
if (previous) upload.resumeFromPreviousUpload(previous);
upload.start();
