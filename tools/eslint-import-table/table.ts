/**
 * Who may import whom: the architecture's table in the form that the lint rule beside it reads.
 *
 * `files` and `may` name folders (everything below them) or, with an extension, one file. A `*` stands for one folder
 * name. The first row that matches a file is its layer; a file in no row is an error, so a new folder gets a row first.
 * A layer may always import itself. Tests (`*.test.ts` and whatever lies in a folder `testing`) may in addition import
 * what `tests` lists, and test support; besides them only benchmarks may import test support.
 */

export interface Layer {
  readonly files: string;
  readonly may: readonly string[];
  /** What this layer's tests may import on top. */
  readonly tests?: readonly string[];
  /** Whether Node's own modules exist where this layer runs. */
  readonly node: boolean;
}

export interface PackageRow {
  /** A package, or one entry point of it when the others are not used. */
  readonly name: string;
  readonly only: readonly string[] | 'tests';
}

export const layers: readonly Layer[] = [
  // The product's rules: no host at all.
  { files: 'app/domain', may: [], node: false },
  { files: 'app/contract', may: ['app/domain'], node: false },
  { files: 'app/ports', may: ['app/domain', 'app/contract'], node: false },
  { files: 'app/testing', may: ['app/domain', 'app/contract', 'app/ports'], node: false },
  // One feature a folder, never another feature.
  // Their tests run on a real store in a temporary folder: a second implementation of its rules would have to be kept true.
  { files: 'app/*', may: ['app/domain', 'app/contract', 'app/ports'], tests: ['main/db/testing'], node: false },

  // The training engine: a library of its own.
  { files: 'native-models', may: [], node: true },

  // The adapters behind the ports.
  { files: 'main/db', may: ['app/ports', 'app/domain'], node: true },
  {
    files: 'main/files',
    // Of the feature cache only which files there are: its format is the engine's.
    may: ['native-models/formats', 'native-models/cache/cache-files.ts', 'app/ports', 'app/domain'],
    tests: ['native-models/testing'],
    node: true,
  },
  { files: 'main/images', may: ['app/ports', 'app/domain'], node: true },
  { files: 'main/logging', may: ['app/ports', 'app/domain'], node: true },
  {
    files: 'main/engine',
    may: ['native-models', 'main/images', 'app/contract', 'app/domain', 'app/ports'],
    node: true,
  },
  // The only wiring.
  {
    files: 'main/core',
    may: ['app', 'main/db', 'main/files', 'main/images', 'main/engine', 'main/logging'],
    node: true,
  },
  // The hosts.
  { files: 'main/cli', may: ['main/core', 'main/server', 'app/contract', 'app/domain'], node: true },
  { files: 'main/server', may: ['main/core', 'app/contract', 'app/domain'], node: true },
  { files: 'main/desktop', may: ['main/core/home.ts', 'app/contract', 'app/domain'], node: true },
  { files: 'renderer', may: ['app/contract', 'app/domain'], node: false },
  { files: 'electron.config.ts', may: ['scripts'], node: true },
  { files: 'electron-builder.config.ts', may: ['scripts'], node: true },

  // Beside the product. Nobody imports these; flows reach the program by starting it.
  { files: 'migrations', may: [], tests: ['main/db'], node: true },
  { files: 'e2e', may: ['app/contract', 'app/domain'], node: true },
  {
    files: 'bench',
    may: ['native-models', 'main', 'e2e/harness', 'app/contract', 'app/domain', 'app/ports'],
    node: true,
  },
  { files: 'fuzz', may: ['native-models', 'main/files', 'main/images', 'app/domain'], node: true },
  { files: 'scripts', may: [], node: true },
  { files: 'tools', may: [], node: true },
];

export const packages: readonly PackageRow[] = [
  { name: 'onnxruntime-node', only: ['native-models/runtime'] },
  { name: '@bufbuild/protobuf/wire', only: ['native-models/formats'] },
  { name: 'yauzl', only: ['native-models/formats', 'main/files/archive'] },
  { name: 'better-sqlite3', only: ['main/db'] },
  { name: 'sharp', only: ['main/images', 'bench'] },
  { name: 'csv-parse/sync', only: ['main/files'] },
  { name: 'csv-stringify/sync', only: ['main/files'] },
  { name: 'commander', only: ['main/cli'] },
  { name: 'electron', only: ['main/desktop'] },
  { name: '@orpc/contract', only: ['app/contract', 'renderer/bridge', 'main/desktop/testing', 'e2e'] },
  // The first row that matches counts.
  { name: '@orpc/server/ws', only: ['main/server'] },
  { name: '@orpc/server', only: ['main/core'] },
  { name: '@orpc/client', only: ['renderer/bridge', 'e2e', 'main/desktop/testing'] },
  { name: '@orpc/client/websocket', only: ['renderer/bridge', 'e2e'] },
  { name: '@orpc/client/message-port', only: ['renderer/bridge', 'main/desktop/testing'] },
  { name: 'ws', only: ['main/server', 'e2e'] },
  { name: 'sirv', only: ['main/server'] },
  { name: 'vue', only: ['renderer'] },
  { name: 'vue-router', only: ['renderer'] },
  { name: 'pinia', only: ['renderer'] },
  { name: '@tanstack/vue-virtual', only: ['renderer'] },
  { name: 'uplot', only: ['renderer'] },
  { name: 'vite', only: ['fuzz'] },
  { name: '@nuxt/ui/vite', only: ['electron.config.ts', 'vitest.config.ts'] },
  { name: '@nuxt/ui/vue-plugin', only: ['renderer'] },
  { name: '@nuxt/ui/composables', only: ['renderer'] },
  { name: '@fontsource-variable/inter/wght.css', only: ['renderer'] },
  { name: '@vitejs/plugin-vue', only: ['electron.config.ts', 'vitest.config.ts'] },
  { name: 'electron-vite', only: ['electron.config.ts'] },
  { name: '@electron/fuses', only: ['scripts'] },
  { name: 'electron-builder', only: ['electron-builder.config.ts'] },
  { name: '@playwright/test', only: ['e2e', 'bench', 'scripts'] },
  { name: '@axe-core/playwright', only: ['e2e'] },
  { name: '@vue/test-utils', only: 'tests' },
  { name: '@iconify-json/lucide/icons.json', only: 'tests' },
  { name: 'zod', only: ['app', 'main', 'renderer/bridge', 'native-models/runtime/webgpu.test.ts'] },
  { name: 'typescript', only: ['fuzz/guided'] },
  { name: 'eslint', only: ['tools'] },
  { name: 'typescript-eslint', only: ['tools'] },
  { name: 'prettier', only: ['bench'] },
  { name: 'vitest', only: 'tests' },
  { name: 'fast-check', only: 'tests' },
  { name: 'onnx-proto', only: 'tests' },
];
