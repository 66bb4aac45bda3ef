import { defineConfig } from '@playwright/test';

import { findChromium } from './browser/chromium';

const chromium = await findChromium();

export default defineConfig({
  testDir: '../tests/browser',
  outputDir: './test-results',
  fullyParallel: true,
  workers: 2,
  forbidOnly: process.env.CI === 'true',
  // No test waits for a time, all wait for what happens: these only bound how long a failure takes.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      ...chromium,
      args: ['--disable-quic', '--disable-background-networking', '--disable-component-update'],
    },
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'browser', testIgnore: 'screenshots.spec.ts' },
    { name: 'screenshots', testMatch: 'screenshots.spec.ts' },
    { name: 'measure', testMatch: '*.bench.ts', workers: 1, use: { trace: 'off' } },
  ],
});
