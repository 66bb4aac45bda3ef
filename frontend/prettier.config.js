import { fileURLToPath } from 'node:url';

export default {
  singleQuote: true,
  printWidth: 100,
  // By its address: the tests outside this folder are formatted too.
  plugins: [fileURLToPath(import.meta.resolve('prettier-plugin-svelte'))],
  overrides: [{ files: '*.svelte', options: { parser: 'svelte' } }],
};
