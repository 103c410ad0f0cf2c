/**
 * What a run takes of the memory, beside what was forecast before it began: whole runs of one epoch in engine processes of
 * their own, on random weights and generated photos, planned as the program plans them.
 *
 *   node bench/memory.ts [--models vit_base_patch16_224,...] [--adapt usual,all] [--cache float16,none] [--weights float32] [--memory BYTES]
 *
 * `measured` is VmHWM of the process. `forecast` is the forecast of the graphs and the resident size of an engine process
 * that has done nothing but tell its version. Raw numbers go to bench/results/memory.json.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import type { TrainJob } from '#app/contract/engine.ts';
import { choosePlan } from '#app/domain/choose-plan.ts';
import { methodFor } from '#app/domain/method-defaults.ts';
import { adjustRecipe, defaultRecipe } from '#app/domain/recipes.ts';
import { machineCores } from '#main/core/machine.ts';
import { createEngine } from '#main/engine/supervisor.ts';
import { photoLike } from '#main/images/testing/pictures.ts';
import { forecastRun } from '#native-models/memory/forecast-run.ts';
import { writeRandomWeights } from '#native-models/models/random-weights.ts';
import { model } from '#native-models/models/registry.ts';

const { values } = parseArgs({
  options: {
    models: {
      type: 'string',
      default: 'vit_tiny_patch16_224,vit_small_patch16_224,vit_base_patch16_224,swin_tiny_patch4_window7_224',
    },
    adapt: { type: 'string', default: 'usual,all' },
    cache: { type: 'string', default: 'float16,none' },
    memory: { type: 'string' },
    weights: { type: 'string', default: 'float32' },
    out: { type: 'string', default: new URL('results/memory.json', import.meta.url).pathname },
  },
});
const precision = values.weights === 'int8' ? 'int8' : 'float32';
const CLASSES = 4;
const SUBSETS = [
  ...Array<'train'>(32).fill('train'),
  ...Array<'validation'>(4).fill('validation'),
  ...Array<'test'>(4).fill('test'),
];
const folder = mkdtempSync(join(tmpdir(), 'dtl-memory-'));
const engine = createEngine();

async function makePhotos(): Promise<TrainJob['samples'][number][]> {
  const place = join(folder, 'photos');
  mkdirSync(place);
  return Promise.all(
    SUBSETS.map(async (subset, id) => {
      const path = join(place, `${id}.jpg`);
      const { samples } = photoLike(320, 240, id);
      await sharp(samples, { raw: { width: 320, height: 240, channels: 3 } })
        .jpeg({ quality: 90 })
        .toFile(path);
      const contentHash = createHash('sha256').update(readFileSync(path)).digest('hex');
      return { id, path, bytes: statSync(path).size, contentHash, label: id % CLASSES, subset };
    }),
  );
}

interface Row {
  readonly model: string;
  readonly adapt: string;
  readonly cache: string;
  readonly microBatch: number;
  readonly packWeights: boolean | undefined;
  readonly evaluation: string | undefined;
  readonly forecastMiB: number;
  readonly measuredMiB: number;
  readonly ratio: number;
  readonly seconds: number;
}

async function measure(
  name: string,
  adapt: string,
  cache: 'float16' | 'none',
  samples: TrainJob['samples'],
  idleBytes: number,
): Promise<Row> {
  const spec = model(name);
  const weights = join(folder, `${name}.safetensors`);
  const weightBytes = statSync(weights).size;
  const method = methodFor('dtl+', spec, adapt === 'all' ? { adapt: 'all' } : {});
  const recipe = adjustRecipe(defaultRecipe, { epochs: 1 });
  const plan = choosePlan(
    {
      spec,
      weightBytes,
      method,
      recipe,
      photos: samples.length,
      peakOf: (choice, cached) =>
        idleBytes +
        forecastRun({ spec, method, classes: CLASSES, cached, weights: precision, ...choice }).bytes(samples.length),
    },
    { physicalCores: machineCores(), freeMemoryBytes: 16e9, freeDiskBytes: null, cacheBytes: 1e12 },
    { cache, weights: precision, ...(values.memory === undefined ? {} : { memoryBytes: Number(values.memory) }) },
  );
  const { peakRssBytes, seconds } = await engine.run({
    kind: 'train',
    directory: join(folder, `${name}-${adapt}-${cache}`),
    backbone: { path: weights, tensorPrefix: '', spec },
    preprocessing: {
      imageSize: spec.imageSize,
      fit: 'squash',
      interpolation: 'bicubic',
      sixteenBit: { kind: 'full-range' },
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    },
    method,
    recipe,
    plan,
    features: { folder: join(folder, `features-${name}-${adapt}-${cache}`), limitBytes: 1e12, backbone: name },
    seed: 0,
    classNames: Array.from({ length: CLASSES }, (_, label) => `class ${label}`),
    samples,
    resume: false,
  });
  const forecast = plan.memory?.peakBytes ?? NaN;
  return {
    model: name,
    adapt,
    cache,
    microBatch: plan.microBatch,
    packWeights: plan.memory?.packWeights,
    evaluation: plan.memory?.evaluation,
    forecastMiB: Math.round(forecast / 2 ** 20),
    measuredMiB: Math.round(peakRssBytes / 2 ** 20),
    ratio: Number((forecast / peakRssBytes).toFixed(3)),
    seconds: Number(seconds.toFixed(1)),
  };
}

try {
  const { rssBytes, runtime } = await engine.run({ kind: 'doctor' });
  const samples = await makePhotos();
  const rows: Row[] = [];
  for (const name of values.models.split(',')) {
    await writeRandomWeights(join(folder, `${name}.safetensors`), model(name));
    for (const adapt of values.adapt.split(',')) {
      for (const cache of values.cache.split(',') as ('float16' | 'none')[]) {
        const row = await measure(name, adapt, cache, samples, rssBytes);
        rows.push(row);
        console.log(
          `${name}, adapt ${adapt}, cache ${cache}: forecast ${row.forecastMiB}, measured ${row.measuredMiB} MiB, ratio ${row.ratio}`,
        );
      }
    }
  }
  const result = {
    what: 'forecast and measured peak of the engine process of a whole run, DTL+ 5x5, batch 32',
    idleMiB: Math.round(rssBytes / 2 ** 20),
    rows,
    runtime,
    node: process.version,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
  };
  writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
