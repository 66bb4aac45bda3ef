import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const backend = process.env.TABLECAST_DEV_BACKEND ?? 'http://127.0.0.1:8888';

const BASE =
  /\/svelte\/|\/(esm-env|openapi-fetch|clsx)\/|\/src\/(strings|address\.svelte|kept|api\/(client|problem|rights)|query\/(chart|rows|layout|links|search)|format\/(numbers|time)|grid\/(view|cache|loader|scroll|selection|tsv))\.ts$/;

function isBase(id: string): boolean {
  return BASE.test(id) || id.includes('preload-helper');
}

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2023',
    assetsDir: 'assets',
    // The content security policy has no room for data: URLs in scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: 'index.html', docs: 'docs.html' },
      output: {
        // What every page begins with is one file: many small ones weigh more.
        codeSplitting: { groups: [{ name: 'base', test: isBase }] },
      },
    },
    chunkSizeWarningLimit: 2_000,
  },
  server: {
    // A test holds the sentences to the table of codes in the documentation.
    fs: { allow: ['.', '../docs'] },
    proxy: {
      '/api': { target: backend, ws: true },
      '/openapi.yaml': backend,
    },
  },
  test: {
    environment: 'jsdom',
    // A window for each worker, not for each file: making them took nine tenths of the time.
    isolate: false,
    include: ['src/**/*.test.ts'],
    // A test looks at the colours.
    css: { include: /app\.css/ },
    // No test waits for a time: this only bounds how long a failure takes on a busy machine.
    testTimeout: 30_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
