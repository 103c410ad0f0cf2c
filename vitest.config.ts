import { defineConfig } from 'vitest/config';

/** Unit tests stand beside their files; e2e/flows starts the real program. */
export default defineConfig({
  test: {
    include: ['{app,bench,e2e,main,migrations,native-models,scripts,tools}/**/*.test.ts'],
    environment: 'node',
    // Native modules (SQLite, sharp, ONNX Runtime) keep state per process: a process a file keeps them apart.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
