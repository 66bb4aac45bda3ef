import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const backend = process.env.TABLECAST_DEV_BACKEND ?? 'http://127.0.0.1:8888';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2023',
    assetsDir: 'assets',
    // The content security policy has no room for data: URLs in scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { index: 'index.html', docs: 'docs.html' } },
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
    include: ['src/**/*.test.ts'],
    // No test waits for a time: this only bounds how long a failure takes on a busy machine.
    testTimeout: 30_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
