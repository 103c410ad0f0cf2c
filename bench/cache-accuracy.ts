/**
 * Whether features kept in half precision cost accuracy: the default recipe on one photo set, three seeds, each trained
 * from features in full and in half precision and otherwise equal, both from one cache as in the app.
 *
 *   DTL_DATA_DIR=FOLDER node bench/cache-accuracy.ts [--set caltech20] [--seeds 0,1,2] [--epochs 30] [--threads 1]
 *
 * Rows go to bench/results/cache-accuracy.json as they come; one that is there for the same settings is not computed again.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { methodFor } from '#app/domain/method-defaults.ts';
import { evaluate } from '#app/domain/metrics.ts';
import { adjustRecipe, defaultRecipe } from '#app/domain/recipes.ts';
import { createEngine } from '#main/engine/supervisor.ts';
import { model } from '#native-models/models/registry.ts';
import { photosIn, samplesOf } from './accuracy/samples.ts';

interface Row {
  readonly set: string;
  /** Of split and training. */
  readonly seed: number;
  readonly cache: 'float32' | 'float16';
  readonly epochs: number;
  readonly backbone: string;
  readonly validation: number;
  readonly test: number;
  readonly testLoss: number;
  readonly seconds: number;
  readonly runtime: string;
  readonly machine: string;
}

const BACKBONE = new URL('../native-models/backbones/vit_tiny_patch16_224.safetensors', import.meta.url).pathname;
const ROWS = new URL('results/cache-accuracy.json', import.meta.url).pathname;
const NAME = 'vit_tiny_patch16_224';

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'caltech20' },
    seeds: { type: 'string', default: '0,1,2' },
    epochs: { type: 'string', default: String(defaultRecipe.epochs) },
    threads: { type: 'string', default: '1' },
  },
});
const root = process.env['DTL_DATA_DIR'];
if (root === undefined) throw new Error('Set DTL_DATA_DIR to the folder that holds the photo sets.');
const { set } = values;
const epochs = Number(values.epochs);
const rows = existsSync(ROWS) ? (JSON.parse(readFileSync(ROWS, 'utf8')) as Row[]) : [];
const folder = mkdtempSync(join(tmpdir(), 'dtl-cache-accuracy-'));

async function train(root: string, seed: number, cache: Row['cache']): Promise<Row> {
  const { classNames, photos } = photosIn(join(root, set));
  const spec = model(NAME);
  const result = await createEngine().run({
    kind: 'train',
    directory: join(folder, `${seed}-${cache}`),
    backbone: { path: BACKBONE, tensorPrefix: '', spec },
    preprocessing: {
      imageSize: 224,
      fit: 'squash',
      interpolation: 'bicubic',
      sixteenBit: { kind: 'full-range' },
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    },
    method: methodFor('dtl+', spec),
    recipe: adjustRecipe(defaultRecipe, { epochs }),
    plan: { provider: 'cpu', threads: Number(values.threads), microBatch: 8, cache },
    features: { folder: join(folder, 'features'), limitBytes: 1e10, backbone: NAME },
    seed,
    classNames,
    samples: await samplesOf(photos, seed),
    resume: false,
  });
  const judge = (subset: string) => {
    const own = result.predictions.filter((row) => row.subset === subset);
    const logits = own.flatMap((row) => row.logits);
    return evaluate(
      logits,
      own.map(({ label }) => label),
      classNames.length,
    );
  };
  const test = judge('test');
  return {
    set,
    seed,
    cache,
    epochs,
    backbone: NAME,
    validation: judge('validation').accuracy,
    test: test.accuracy,
    testLoss: test.loss,
    seconds: Math.round(result.seconds),
    runtime: result.runtime,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
  };
}

try {
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const cache of ['float32', 'float16'] as const) {
      const known = rows.find(
        (row) => row.set === set && row.seed === seed && row.cache === cache && row.epochs === epochs,
      );
      const row = known ?? (await train(root, seed, cache));
      if (known === undefined) {
        rows.push(row);
        writeFileSync(ROWS, `${JSON.stringify(rows, null, 2)}\n`);
      }
      const figures = [row.validation, row.test, row.testLoss].map((value) => value.toFixed(4)).join(', ');
      console.log(`${set}, seed ${seed}, ${cache}: validation, test, test loss ${figures}; ${row.seconds} s`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
