/**
 * Whether less precision costs accuracy: the default recipe on one photo set, three seeds, each trained from features in full
 * and in half precision and, from the latter, with the backbone's matrices in 8 bits; otherwise equal, all from one cache as in
 * the app. What was trained in 8 bits is judged beside the backbone as it is, too, as whoever gets the pack would use it.
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
  /** Of the backbone in training and evaluation; absent where they are as they are. */
  readonly weights?: 'int8' | undefined;
  readonly epochs: number;
  readonly backbone: string;
  readonly validation: number;
  readonly test: number;
  readonly testLoss: number;
  /** Of what was trained in 8 bits, beside the backbone as it is. */
  readonly packTest?: number;
  readonly packTestLoss?: number;
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

const preprocessing = {
  imageSize: 224,
  fit: 'squash',
  interpolation: 'bicubic',
  sixteenBit: { kind: 'full-range' },
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;

type Precision = Pick<Row, 'cache' | 'weights'>;

const PRECISIONS: readonly Precision[] = [
  { cache: 'float32' },
  { cache: 'float16' },
  { cache: 'float16', weights: 'int8' },
];

async function train(root: string, seed: number, { cache, weights }: Precision): Promise<Row> {
  const { classNames, photos } = photosIn(join(root, set));
  const spec = model(NAME);
  const backbone = { path: BACKBONE, tensorPrefix: '', spec };
  const method = methodFor('dtl+', spec);
  const samples = await samplesOf(photos, seed);
  const threads = Number(values.threads);
  const memory = { packWeights: true, recompute: 'none', evaluation: 'beside', peakBytes: 0, budgetBytes: 0 } as const;
  const result = await createEngine().run({
    kind: 'train',
    directory: join(folder, `${seed}-${cache}-${weights ?? ''}`),
    backbone,
    preprocessing,
    method,
    recipe: adjustRecipe(defaultRecipe, { epochs }),
    plan: {
      provider: 'cpu',
      threads,
      microBatch: 8,
      cache,
      ...(weights === undefined ? {} : { weights, memory }),
    },
    features: { folder: join(folder, 'features'), limitBytes: 1e10, backbone: NAME },
    seed,
    classNames,
    samples,
    resume: false,
  });
  const judge = (rows: readonly { readonly label: number; readonly logits: readonly number[] }[]) =>
    evaluate(
      rows.flatMap(({ logits }) => logits),
      rows.map(({ label }) => label),
      classNames.length,
    );
  const of = (subset: string) => result.predictions.filter((row) => row.subset === subset);
  const test = judge(of('test'));
  const asPack = async (): Promise<Pick<Row, 'packTest' | 'packTestLoss'>> => {
    const tested = samples.filter(({ subset }) => subset === 'test');
    const logits = new Map<number, readonly number[]>();
    await createEngine().run(
      {
        kind: 'predict',
        backbone,
        adapters: [{ path: result.weightsPath ?? '', method, classes: classNames.length }],
        preprocessing,
        threads,
        samples: tested.map(({ id, path }) => ({ id, path })),
      },
      {
        onEvent: (event) => {
          if (event.type === 'predictions')
            for (const {
              id,
              logits: [own],
            } of event.rows)
              logits.set(id, own ?? []);
        },
      },
    );
    const { accuracy, loss } = judge(tested.map(({ id, label }) => ({ label, logits: logits.get(id) ?? [] })));
    return { packTest: accuracy, packTestLoss: loss };
  };
  return {
    set,
    seed,
    cache,
    ...(weights === undefined ? {} : { weights }),
    epochs,
    backbone: NAME,
    validation: judge(of('validation')).accuracy,
    test: test.accuracy,
    testLoss: test.loss,
    ...(weights === undefined ? {} : await asPack()),
    seconds: Math.round(result.seconds),
    runtime: result.runtime,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
  };
}

try {
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const precision of PRECISIONS) {
      const { cache, weights } = precision;
      const known = rows.find(
        (row) =>
          row.set === set &&
          row.seed === seed &&
          row.cache === cache &&
          row.weights === weights &&
          row.epochs === epochs,
      );
      const row = known ?? (await train(root, seed, precision));
      if (known === undefined) {
        rows.push(row);
        writeFileSync(ROWS, `${JSON.stringify(rows, null, 2)}\n`);
      }
      const figures = [row.validation, row.test, row.testLoss, row.packTest, row.packTestLoss]
        .flatMap((value) => value?.toFixed(4) ?? [])
        .join(', ');
      const words = `validation, test, test loss${weights === undefined ? '' : ", and the pack's"}`;
      console.log(`${set}, seed ${seed}, ${cache} ${weights ?? ''}: ${words} ${figures}; ${row.seconds} s`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
