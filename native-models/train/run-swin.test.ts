import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import { readSafetensorsHeader } from '../formats/safetensors.ts';
import { Predictor } from '../infer/predictor.ts';
import type { SwinSpec } from '../models/swin-spec.ts';
import type { TinyBackbone } from '../testing/tiny-network.ts';
import { dtlPlus, tinyBackbone } from '../testing/tiny-network.ts';
import { trainRun } from './run.ts';
import type { EpochReport, TrainPhoto, TrainPlan, TrainRecipe } from './types.ts';

const CLASSES = 3;
let backbone: TinyBackbone<SwinSpec>;
let directory: string;

beforeAll(async () => {
  backbone = await tinyBackbone('test_swin_2_2_4_2');
  directory = await mkdtemp(join(tmpdir(), 'dtl-run-swin-'));
});
afterAll(async () => {
  await backbone.remove();
  await rm(directory, { recursive: true, force: true });
});

const photos: readonly TrainPhoto[] = Array.from({ length: 24 }, (_, id) => ({
  id,
  label: id % CLASSES,
  subset: id < 15 ? ('train' as const) : id < 21 ? ('validation' as const) : ('test' as const),
  content: createHash('sha256').update(String(id)).digest('hex'),
}));

/** Classes differ in where the photo is bright. */
function pixelsOf({ id, label }: TrainPhoto): Uint8Array {
  const side = backbone.spec.imageSize;
  const random = new Random(9, ['photo', id]);
  return Uint8Array.from({ length: 3 * side * side }, (_, at) => {
    const row = Math.floor(at / 3 / side);
    return 90 + (Math.floor((row * CLASSES) / side) === label ? 80 : 0) + 60 * random.uniform();
  });
}

const recipe: TrainRecipe = {
  start: 'paper',
  epochs: 4,
  batchSize: 5,
  learningRate: 1e-2,
  headLearningRateScale: 1,
  warmupEpochs: 0,
  warmupFrom: 1e-5,
  cosineEpochs: 4,
  learningRateFloor: 1e-6,
  weightDecay: 0.05,
  dropPath: 0,
  labelSmoothing: 0,
  classWeights: 'none',
  augmentation: 'none',
  dropLastBatch: false,
  keep: 'last',
};

async function train(name: string, cache: TrainPlan['cache'], changes: Partial<TrainRecipe> = {}) {
  const epochs: EpochReport[] = [];
  const method = dtlPlus(backbone.spec);
  const normalisation = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
  const outcome = await trainRun(
    {
      directory: join(directory, name),
      weightsPath: backbone.path,
      tensorPrefix: '',
      spec: backbone.spec,
      normalisation,
      method,
      recipe: { ...recipe, ...changes },
      plan: { threads: 1, microBatch: 3, cache },
      features: { folder: join(directory, 'features'), limitBytes: 1e9, backbone: 'tiny', preprocessing: 'none' },
      seed: 42,
      classes: CLASSES,
      photos,
      resume: false,
    },
    {
      check: () => Promise.resolve(),
      pixels: (photo) => Promise.resolve(pixelsOf(photo)),
      progress: () => undefined,
      epoch: (report) => `${epochs.push(report)}`,
      epochAgain: () => undefined,
      checkpoint: () => undefined,
      photoFailed: ({ id }, reason) => expect.fail(`photo ${id}: ${reason}`),
      checkStopped: () => Promise.resolve(),
    },
  );
  return { outcome, method, normalisation, losses: epochs.flatMap(({ trainLoss }) => trainLoss ?? []) };
}

describe('a training run on a Swin', () => {
  it('learns the same from the cache and from pixels, and a predictor says what the run said', async () => {
    const cached = await train('cached', 'float32');
    const plain = await train('plain', 'none');
    expect(cached.losses).toHaveLength(recipe.epochs);
    expect(cached.losses.at(-1)!).toBeLessThan(cached.losses[0]!);
    cached.losses.forEach((loss, epoch) => expect(plain.losses[epoch]!).toBeCloseTo(loss, 4));

    const { predictions, weightsPath, sideParameters } = cached.outcome;
    // Blocks 4 to 7 are 16 wide, 8 and 9 are 32; kernels of 25 for both stages.
    expect(sideParameters).toBe(4 * (2 * 4 * 16) + 2 * (2 * 4 * 32) + 25 * (16 + 32));
    const adapter = await readSafetensorsHeader(weightsPath!);
    expect(adapter.tensors.get('stages.3.dtl.conv')?.shape).toEqual([32, 1, 5, 5]);
    expect(adapter.tensors.get('head.weight')?.shape).toEqual([CLASSES, 32]);
    const predictor = await Predictor.open({
      weightsPath: backbone.path,
      tensorPrefix: '',
      spec: backbone.spec,
      normalisation: cached.normalisation,
      method: cached.method,
      classes: CLASSES,
      adapterPath: weightsPath!,
      threads: 1,
      batch: 1,
    });
    for (const { photo, logits } of predictions) {
      const [again] = await predictor.logits([pixelsOf(photo)]);
      logits.forEach((value, c) => expect(again![c]!).toBeCloseTo(value, 4));
    }
    await predictor.close();
  });

  it('drops branches by blocks counted through all stages', async () => {
    const { losses } = await train('dropped', 'none', { dropPath: 0.4 });
    expect(losses).toHaveLength(recipe.epochs);
    expect(losses.every(Number.isFinite)).toBe(true);
  });
});
