/** Installers: what goes into them, and into which kind. `npm run dist` builds those of the machine that it runs on. */
import type { Configuration } from 'electron-builder';
import { setFuses } from './scripts/build/fuses.ts';

/** The bundle holds all other packages already. */
const keptPackages = [
  'better-sqlite3',
  'onnxruntime-node',
  'onnxruntime-common',
  'sharp',
  '@img',
  'detect-libc',
  'semver',
].join('|');

const config: Configuration = {
  appId: 'org.dtl-studio.app',
  productName: 'DTL Studio',
  copyright: 'Apache-2.0',
  directories: { output: 'dist/installers' },
  files: [
    'package.json',
    'LICENSE',
    'dist/main/**',
    'dist/preload/**',
    'dist/renderer/**',
    'migrations/*.sql',
    'native-models/backbones/*',
    'main/core/sample-photos/*',
    `!node_modules/!(${keptPackages})/**`,
    // Machine code of other systems, and what machine code is built from.
    '!node_modules/onnxruntime-node/bin/*/!(${platform})/**',
    '!node_modules/onnxruntime-node/bin/*/${platform}/!(${arch})/**',
    '!node_modules/onnxruntime-node/script/**',
    '!node_modules/better-sqlite3/prebuilds/!(${platform}-${arch}).node',
    '!node_modules/{better-sqlite3,sharp}/{deps,src,install,binding.gyp}',
    '!node_modules/**/*.{map,ts,mts,cts,md,h}',
  ],
  // The system loads machine code, and the engine maps weights, from real files only.
  asar: true,
  asarUnpack: [
    '**/*.node',
    'node_modules/@img/**',
    'node_modules/onnxruntime-node/bin/**',
    'native-models/backbones/*.safetensors',
  ],
  // All three bring prebuilt binaries with a stable interface to Node.
  npmRebuild: false,
  afterPack: setFuses,
  publish: null,
  linux: { target: ['AppImage', 'deb'], category: 'Science', executableName: 'dtl-studio', maintainer: 'DTL Studio' },
  win: { target: ['nsis'] },
  nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true, license: 'LICENSE' },
  mac: { target: ['dmg'], category: 'public.app-category.education' },
};

export default config;
