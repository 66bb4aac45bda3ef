import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

import svelteConfig from './svelte.config.js';

/** The modules that hold what people read, ready for translation; no other one does. */
const WORDS = [
  'strings',
  'panel',
  'questions',
  'shortcuts',
  'reading',
  'numbers',
  'time',
  'sample',
  '*.test',
];

const message = `What people read belongs to strings.ts, or beside it: ${WORDS.join(', ')}.`;
const READ = 'title|alt|placeholder|label|aria-label|aria-description|aria-roledescription';
const IN_MARKUP = [
  `:not(SvelteStyleElement) > SvelteText[value=/\\p{Ll}{2}/u]`,
  `SvelteAttribute[key.name=/^(${READ})$/] > SvelteLiteral[value=/\\p{Ll}{2}/u]`,
].map((selector) => ({ selector, message }));
const IN_SCRIPT = [
  'Literal[value=/^\\p{Lu}\\p{L}+ \\p{L}/u]',
  'TemplateElement[value.raw=/^\\p{Lu}\\p{L}+ \\p{L}/u]',
].map((selector) => ({ selector, message }));
const BY_NAME = { selector: 'ExportDefaultDeclaration', message: 'Export by name.' };

export default ts.config(
  {
    ignores: [
      '**/dist',
      '**/node_modules',
      '**/test-results',
      '**/playwright-report',
      '**/api/schema.ts',
    ],
  },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: {
        extraFileExtensions: ['.svelte'],
        parser: ts.parser,
        svelteConfig,
      },
    },
  },
  {
    rules: {
      complexity: ['error', 10],
      'max-lines': ['error', 300],
      'no-console': 'error',
      // Text reaches the page through Svelte's escaping only.
      'svelte/no-at-html-tags': 'error',
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Text goes through Svelte.' },
        { property: 'outerHTML', message: 'Text goes through Svelte.' },
        { property: 'insertAdjacentHTML', message: 'Text goes through Svelte.' },
      ],
      // There is no router here: two pages, plain links.
      'svelte/no-navigation-without-resolve': 'off',
      // Built-ins here are replaced, never changed in place, so plain ones react well enough.
      'svelte/prefer-svelte-reactivity': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['**/src/**/*.svelte'],
    rules: { 'no-restricted-syntax': ['error', ...IN_MARKUP, ...IN_SCRIPT] },
  },
  {
    files: ['**/src/**/*.ts'],
    ignores: ['**/*.d.ts'],
    rules: { 'no-restricted-syntax': ['error', BY_NAME, ...IN_SCRIPT] },
  },
  {
    // Here they are.
    files: WORDS.map((name) => `**/src/**/${name}.ts`),
    rules: { 'no-restricted-syntax': ['error', BY_NAME] },
  },
);
