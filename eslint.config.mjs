import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { house } from './scripts/eslint/rules.mjs';

const TESTS = ['**/*.spec.ts', 'test/**/*.ts', '**/testing/**/*.ts'];

/** What a test never does, in the form that `no-restricted-syntax` takes. */
const NO_FOCUS_OR_SKIP = [
  {
    selector: 'MemberExpression[property.name=/^(only|skip|todo)$/][object.name=/^(describe|it|test)$/]',
    message: 'A suite runs all of its tests. Leave a test out by a declared capability, with its reason.',
  },
  {
    selector:
      'MemberExpression[property.name=/^(only|skip|todo)$/] > MemberExpression[object.name=/^(describe|it|test)$/]',
    message: 'A suite runs all of its tests. Leave a test out by a declared capability, with its reason.',
  },
  {
    selector: 'CallExpression[callee.name=/^([fx](describe|it|test))$/]',
    message: 'A suite runs all of its tests. Leave a test out by a declared capability, with its reason.',
  },
];
const NO_SLEEP = [
  {
    selector: 'CallExpression[callee.name="setTimeout"]',
    message: 'Await the condition; a sleep is either too short or too long.',
  },
  {
    selector: 'ImportDeclaration[source.value=/^(node:)?timers\\u002Fpromises$/]',
    message: 'Await the condition; a sleep is either too short or too long.',
  },
];

const NAMED_EXPORTS = [
  { selector: 'ExportAllDeclaration', message: 'A door names what it opens to: named exports only.' },
];

export default defineConfig(
  globalIgnores(['**/dist/', '**/coverage/', '**/.data/', 'libs/create-tidemark/template/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    plugins: { house },
    rules: {
      'house/kebab-case-file': 'error',
      'house/max-public-methods': ['error', 10],
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: false, skipComments: false }],
      eqeqeq: ['error', 'always'],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-member-accessibility': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowBoolean: true, allowNumber: true }],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // An async method without await is how an in-memory store keeps a port's promise: its errors become rejections.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['libs/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'A library never ends its host; throw.' },
        { object: 'process', property: 'env', message: 'Options come from the app, never from the environment.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'process', message: "Use the global 'process'; the lint watches it." },
            { name: 'node:process', message: "Use the global 'process'; the lint watches it." },
            {
              name: '@nestjs/common',
              importNames: ['Logger', 'ConsoleLogger'],
              message: 'Declare a fact and write it by FactLog; docs/operations/logs.md tells of each.',
            },
          ],
        },
      ],
      'no-restricted-syntax': ['error', ...NAMED_EXPORTS],
    },
  },
  {
    // The files that are programs: each hands the process to its command line, which then is as any other room.
    files: ['libs/event-sourcing/src/cli/main.ts', 'libs/create-tidemark/src/main.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // The one room that writes to the app's log, and the command line, which silences it.
    files: ['libs/event-sourcing/src/logging/**/*.ts', 'libs/event-sourcing/src/cli/store-session.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: TESTS,
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-syntax': ['error', ...NAMED_EXPORTS, ...NO_FOCUS_OR_SKIP],
      // expect(store.method) is not a call without its object.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.contract.ts'],
    rules: { 'no-restricted-syntax': ['error', ...NAMED_EXPORTS, ...NO_FOCUS_OR_SKIP, ...NO_SLEEP] },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        ...{ console: 'readonly', process: 'readonly', URL: 'readonly', performance: 'readonly' },
        ...{ fetch: 'readonly', AbortController: 'readonly', AbortSignal: 'readonly' },
        ...{ setTimeout: 'readonly', clearTimeout: 'readonly' },
      },
    },
  },
  {
    // Read by whatever Node there is, so that an old one is told of its age; what it loads then is read by a new one.
    files: ['libs/create-tidemark/bin/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
  {
    files: ['libs/create-tidemark/bin/create-tidemark.cjs'],
    languageOptions: { ecmaVersion: 5 },
  },
  {
    // Apps of their own, compiled by the tests that own them: against the packed libraries, and as part of a generated app.
    files: ['test/packages/fixtures/**/*.ts', 'libs/create-tidemark/template-files/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    // As a user writes it: the compiler elides what is only a type.
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
);
