/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/libs/*/src/**/*.spec.ts', '<rootDir>/apps/*/src/**/*.spec.ts', '<rootDir>/test/**/*.spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/libs/create-tidemark/template(-files)?/'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@tidemark/event-sourcing$': '<rootDir>/libs/event-sourcing/src/index.ts',
    '^@tidemark/event-sourcing/health$': '<rootDir>/libs/event-sourcing/src/health/terminus/index.ts',
    '^@tidemark/event-sourcing/logging$': '<rootDir>/libs/event-sourcing/src/logging/pino/index.ts',
    '^@tidemark/event-sourcing/testing$': '<rootDir>/libs/event-sourcing/src/testing/index.ts',
    '^@tidemark/embedded-postgres$': '<rootDir>/libs/embedded-postgres/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
        },
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global.setup.mjs',
  globalTeardown: '<rootDir>/test/support/global.teardown.mjs',
  setupFiles: ['<rootDir>/test/support/nest.setup.ts'],
  testTimeout: 180_000,
  maxWorkers: 2,
};
