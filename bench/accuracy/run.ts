/**
 * Test accuracy of the default recipe beside a linear probe on the same features:
 *
 *   DTL_DATA_DIR=FOLDER node bench/accuracy/run.ts [--sets a,b] [--seeds 0,1,2] [--jobs 2]
 *
 * FOLDER holds class-per-folder sets. Each set is split 60/20/20 (stratified, near-identical photos on one side) for
 * each seed, and one run is made a split. Rows go to bench/results/accuracy.json as they come; a row that is there
 * for the same settings is not computed again. `node bench/accuracy/report.ts` writes docs/results.md from them.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { methodFor } from '#app/domain/method-defaults.ts';
import type { Evaluation } from '#app/domain/metrics.ts';
import { evaluate } from '#app/domain/metrics.ts';
import { defaultRecipe } from '#app/domain/recipes.ts';
import { createEngine } from '#main/engine/supervisor.ts';
import { model } from '#native-models/models/registry.ts';
import type { AccuracyRow } from './rows.ts';
import { rowsPath } from './rows.ts';
import { photosIn, samplesOf } from './samples.ts';

const BACKBONE = new URL('../../native-models/backbones/vit_tiny_patch16_224.safetensors', import.meta.url).pathname;
const TRAINING_SEED = 42;

async function measure(root: string, set: string, seed: number): Promise<AccuracyRow> {
  const { classNames, photos } = photosIn(join(root, set));
  const samples = await samplesOf(photos, seed);
  const spec = model('vit_tiny_patch16_224');
  const method = methodFor('dtl+', spec);
  const directory = mkdtempSync(join(tmpdir(), 'dtl-accuracy-'));
  try {
    const result = await createEngine().run({
      kind: 'train',
      directory,
      backbone: { path: BACKBONE, tensorPrefix: '', spec },
      preprocessing: {
        imageSize: 224,
        fit: 'squash',
        interpolation: 'bicubic',
        sixteenBit: { kind: 'full-range' },
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
      },
      method,
      recipe: defaultRecipe,
      // One thread a run and several runs at once use the cores better than one run on all of them.
      plan: { provider: 'cpu', threads: 1, microBatch: 8, cache: 'float32' },
      features: { folder: join(directory, 'features'), limitBytes: 1e10, backbone: 'vit_tiny_patch16_224' },
      seed: TRAINING_SEED,
      classNames,
      samples,
      resume: false,
    });
    const judge = (rows: typeof result.predictions, subset: string): Evaluation => {
      const of = rows.filter((row) => row.subset === subset);
      const logits = of.flatMap((row) => row.logits);
      return evaluate(
        logits,
        of.map((row) => row.label),
        classNames.length,
      );
    };
    const probe = result.probe?.predictions ?? [];
    const count = (subset: string): number => samples.filter((sample) => sample.subset === subset).length;
    return {
      set,
      splitSeed: seed,
      trainingSeed: TRAINING_SEED,
      backbone: 'vit_tiny_patch16_224',
      method,
      recipe: defaultRecipe,
      classes: classNames.length,
      photos: { train: count('train'), validation: count('validation'), test: count('test') },
      dtl: { validation: judge(result.predictions, 'validation'), test: judge(result.predictions, 'test') },
      probe: {
        weightDecay: result.probe?.weightDecay ?? 0,
        validation: judge(probe, 'validation'),
        test: judge(probe, 'test'),
      },
      seconds: Math.round(result.seconds),
      runtime: result.runtime,
      machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: 'caltech20,brain-mri,trashnet,sign-digits' },
    seeds: { type: 'string', default: '0,1,2' },
    jobs: { type: 'string', default: '2' },
  },
});
const root = process.env['DTL_DATA_DIR'];
if (root === undefined) throw new Error('Set DTL_DATA_DIR to the folder that holds the photo sets.');
const known = existsSync(rowsPath) ? (JSON.parse(readFileSync(rowsPath, 'utf8')) as AccuracyRow[]) : [];
const rows = known.filter((row) => JSON.stringify(row.recipe) === JSON.stringify(defaultRecipe));
const queue = values.sets
  .split(',')
  .flatMap((set) => values.seeds.split(',').map((seed) => ({ set, seed: Number(seed) })));
const wanted = queue.filter(({ set, seed }) => !rows.some((row) => row.set === set && row.splitSeed === seed));

async function work(): Promise<void> {
  for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
    const row = await measure(root ?? '', next.set, next.seed);
    rows.push(row);
    rows.sort((a, b) => a.set.localeCompare(b.set) || a.splitSeed - b.splitSeed);
    writeFileSync(rowsPath, `${JSON.stringify(rows, null, 2)}\n`);
    const figure = (value: number): string => value.toFixed(3);
    console.log(
      `${row.set}, split ${row.splitSeed}: DTL+ ${figure(row.dtl.test.accuracy)}, probe ${figure(row.probe.test.accuracy)}, ${row.seconds} s`,
    );
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work));
