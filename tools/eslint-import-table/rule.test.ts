import { join } from 'node:path';
import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { importTable } from './rule.ts';
import { layers, packages } from './table.ts';

RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it.only;

const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });

function at(file: string, code: string) {
  return { filename: join(process.cwd(), file), code, name: `${file}: ${code}` };
}

function importing(file: string, specifier: string) {
  return at(file, `import { x } from '${specifier}';`);
}

function refused(file: string, specifier: string, because: RegExp) {
  return { ...importing(file, specifier), errors: [{ message: because }] };
}

tester.run('import-table', importTable, {
  valid: [
    importing('app/library/import.ts', '../domain/photo.ts'),
    importing('app/library/import.ts', '../ports/files.ts'),
    importing('app/library/import.ts', './scan.ts'),
    importing('app/library/import.ts', './nested/scan.ts'),
    importing('app/contract/runs.ts', 'zod'),
    importing('app/library/import.test.ts', '../testing/fakes.ts'),
    importing('app/library/import.test.ts', 'vitest'),
    importing('app/testing/battery.ts', 'fast-check'),
    importing('native-models/ops/tanh.ts', '../graph/builder.ts'),
    importing('native-models/runtime/session.ts', 'onnxruntime-node'),
    importing('native-models/runtime/session.ts', 'node:fs/promises'),
    importing('native-models/formats/onnx.ts', '@bufbuild/protobuf/wire'),
    importing('native-models/formats/onnx.test.ts', 'onnx-proto'),
    importing('main/core/wire.ts', '#app/runs/start.ts'),
    importing('main/core/wire.ts', '../db/open.ts'),
    importing('main/cli/dtl.ts', '../core/core.ts'),
    importing('main/cli/dtl.ts', '#app/domain/errors.ts'),
    importing('main/engine/entry.ts', '#native-models/train/loop.ts'),
    importing('main/engine/entry.ts', '../images/decode.ts'),
    importing('main/files/packs.ts', '#native-models/formats/safetensors.ts'),
    importing('main/db/open.ts', 'better-sqlite3'),
    importing('main/images/decode.ts', 'sharp'),
    importing('main/db/labels.test.ts', '#app/testing/clock.ts'),
    importing('main/desktop/shell.ts', '../core/home.ts'),
    importing('main/desktop/shell.ts', 'electron'),
    importing('renderer/stores/runs.ts', '#app/contract/runs.ts'),
    importing('migrations/0001-start.test.ts', '#main/db/open.ts'),
    importing('bench/step.ts', '#main/core/core.ts'),
    importing('bench/import.ts', '#main/images/testing/pictures.ts'),
    importing('vitest.config.ts', 'vitest/config'),
    at('main/core/wire.ts', `const later = import('../db/open.ts');`),
    at('main/core/wire.ts', `const which = './x.ts'; const later = import(which);`),
    at('app/library/import.ts', `export const x = 1;`),
  ],
  invalid: [
    refused('app/library/import.ts', '../labels/set.ts', /app\/library may not import 'app\/labels\/set\.ts'/),
    refused('app/library/import.test.ts', '../labels/set.ts', /app\/library may not import/),
    refused('app/domain/photo.ts', '../ports/files.ts', /may import nothing outside itself/),
    refused('app/library/import.ts', 'node:fs', /runs without Node/),
    refused('app/library/import.ts', 'fs', /runs without Node/),
    refused('app/library/import.test.ts', 'node:fs', /runs without Node/),
    refused('app/library/import.ts', '../testing/fakes.ts', /from tests and benchmarks only/),
    refused('main/core/wire.ts', '#app/testing/fakes.ts', /from tests and benchmarks only/),
    refused('main/db/open.ts', './labels.test.ts', /from tests and benchmarks only/),
    refused('app/library/import.ts', '../index.ts', /may not import 'app\/index\.ts'/),
    refused('app/index.ts', './domain/photo.ts', /is in no layer/),
    refused('plugins/a.ts', './b.ts', /is in no layer/),
    refused('app/library/import.ts', 'vitest', /for tests only/),
    refused('app/library/import.ts', 'onnxruntime-node', /native-models\/runtime only/),
    refused('native-models/train/loop.ts', 'onnxruntime-node', /native-models\/runtime only/),
    refused('native-models/train/loop.test.ts', 'onnxruntime-node', /native-models\/runtime only/),
    refused('native-models/train/loop.ts', '#app/domain/errors.ts', /nothing outside itself/),
    refused('native-models/formats/onnx.ts', '@bufbuild/protobuf', /no row in the table of packages/),
    refused('main/core/wire.ts', '#native-models/formats/safetensors.ts', /main\/core may not import/),
    refused('main/core/wire.ts', 'sharp', /main\/images/),
    refused('main/cli/dtl.ts', '../db/open.ts', /main\/cli may not import/),
    refused('main/cli/dtl.ts', '#app/runs/start.ts', /main\/cli may not import/),
    refused('main/files/packs.ts', '#native-models/train/loop.ts', /main\/files may not import/),
    refused('main/db/open.ts', '#main/db/rows.ts', /by a relative path/),
    refused('main/db/open.ts', '../../app/ports/labels.ts', /as '#app\/ports\/labels\.ts'/),
    refused('main/db/open.ts', 'fs', /as 'node:fs'/),
    refused('main/db/open.ts', '../../migrations/0001.ts', /main\/db may not import/),
    refused('main/desktop/shell.ts', '../core/wire.ts', /main\/desktop may not import/),
    refused('main/core/wire.ts', 'electron', /main\/desktop only/),
    refused('renderer/stores/runs.ts', '#app/runs/start.ts', /renderer may not import/),
    refused('e2e/flows/train.ts', '#main/cli/dtl.ts', /e2e may not import/),
    refused('main/db/open.ts', 'left-pad', /no row in the table of packages/),
    { ...at('app/domain/a.ts', `export * from '../ports/b.ts';`), errors: 1 },
    { ...at('app/domain/a.ts', `export { b } from '../ports/b.ts';`), errors: 1 },
    { ...at('app/domain/a.ts', `import type { B } from '../ports/b.ts';`), errors: 1 },
    { ...at('app/domain/a.ts', `const b = import('node:fs');`), errors: 1 },
    { ...at('app/domain/a.ts', `type B = import('../ports/b.ts').B;`), errors: 1 },
    { ...at('main/db/a.ts', `const b = require('sharp');`), errors: 1 },
  ],
});

describe('the table', () => {
  it('names every layer and every package once', () => {
    for (const names of [layers.map((row) => row.files), packages.map((row) => row.name)]) {
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
