import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,test}/**/*.spec.ts'],
    // A PostgreSQL of its own starts within seconds; a machine that has much to do takes longer.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
