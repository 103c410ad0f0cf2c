/**
 * What Electron loads: the shell with the processes that it forks, the preload, and the interface, which the browser host
 * serves too. Terminal code is not built (ARCHITECTURE.md).
 */
import ui from '@nuxt/ui/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';
import { ownUrls } from './scripts/build/own-urls.ts';

const MAIN = 'dist/main';

/** Packages with machine code stay files of their own; everything else is bundled, so that little has to be packed. */
const asPackages = ['electron', 'better-sqlite3', 'onnxruntime-node', 'sharp'];

export default defineConfig({
  main: {
    plugins: [ownUrls(import.meta.dirname, MAIN)],
    build: {
      outDir: MAIN,
      externalizeDeps: false,
      rolldownOptions: {
        input: {
          main: 'main/desktop/main.ts',
          core: 'main/core/entry.ts',
          engine: 'main/engine/process.ts',
        },
        external: asPackages,
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunk-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'dist/preload',
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: 'main/desktop/preload/preload.ts' },
        // A sandboxed preload cannot be a module.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    base: './',
    plugins: [
      vue(),
      ui({
        root: import.meta.dirname,
        // Declarations of our own (renderer/nuxt-ui.d.ts) do not change with every build.
        dts: false,
        autoImport: false,
        // `renderer/composables/theme.ts` chooses.
        colorMode: false,
        icon: { clientBundle: { scan: { globInclude: ['renderer/**/*.{vue,ts}'], globExclude: ['**/*.test.ts'] } } },
        ui: {
          colors: { primary: 'blue', neutral: 'neutral' },
          kbd: { base: 'normal-case' },
          button: {
            compoundVariants: [
              // Three quarters of the colour, as it comes, are too light below white words.
              { color: 'primary', variant: 'solid', class: 'hover:bg-primary/85 active:bg-primary/85' },
            ],
          },
        },
      }),
    ],
    build: {
      outDir: 'dist/renderer',
      emptyOutDir: true,
      minify: true,
      rolldownOptions: { input: 'renderer/index.html' },
    },
  },
});
