import { availableParallelism } from 'node:os';
import ui from '@nuxt/ui/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

/** Unit tests stand beside their files; e2e/flows starts the real program. */
export default defineConfig({
  test: {
    // Native modules (SQLite, sharp, ONNX Runtime) keep state per process: a process a file keeps them apart.
    pool: 'forks',
    // The default leaves one core idle, and the flows wait for processes of their own half of the time.
    maxWorkers: availableParallelism(),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'program',
          include: ['{app,bench,e2e,fuzz,main,migrations,native-models,scripts,tools}/**/*.test.ts'],
          environment: 'node',
        },
      },
      {
        extends: true,
        // Components are compiled as for the window (electron.config.ts).
        plugins: [vue(), ui({ root: import.meta.dirname, dts: false, autoImport: false, colorMode: false })],
        test: {
          name: 'interface',
          include: ['renderer/**/*.test.ts'],
          environment: 'node',
          setupFiles: ['renderer/testing/setup.ts'],
        },
      },
    ],
  },
});
