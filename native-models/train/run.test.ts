import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import { EngineError } from '../errors.ts';
import { encodeSafetensors, parseSafetensors, tensorBytes } from '../formats/safetensors.ts';
import { shortRecipe } from '../testing/short-run.ts';
import type { TinyBackbone } from '../testing/tiny-network.ts';
import { dtlPlus, tinyBackbone } from '../testing/tiny-network.ts';
import { trainRun } from './run.ts';
import type { EpochReport, TrainHost, TrainOptions, TrainPhoto, TrainRecipe } from './types.ts';

const CLASSES = 3;
let backbone: TinyBackbone;
let directory: string;

beforeAll(async () => {
  backbone = await tinyBackbone('test_vit_4x12');
});
afterAll(() => backbone.remove());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dtl-run-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Classes differ in where the photo is bright: learnable, and noisy enough not to be trivial. */
function photoBytes({ id, label }: TrainPhoto): Uint8Array {
  const side = backbone.spec.imageSize;
  const random = new Random(9, ['photo', id]);
  return Uint8Array.from({ length: 3 * side * side }, (_, at) => {
    const row = Math.floor(at / 3 / side);
    const bright = Math.floor((row * CLASSES) / side) === label ? 60 : 0;
    return Math.min(255, 90 + bright + 110 * random.uniform());
  });
}

const photos: readonly TrainPhoto[] = Array.from({ length: 36 }, (_, id) => ({
  id,
  label: id % CLASSES,
  subset: id < 20 ? ('train' as const) : id < 28 ? ('validation' as const) : ('test' as const),
  content: createHash('sha256').update(String(id)).digest('hex'),
}));

const recipe: TrainRecipe = {
  ...shortRecipe,
  epochs: 3,
  batchSize: 8,
  warmupEpochs: 1,
  warmupFrom: 1e-5,
  cosineEpochs: 3,
};

function options(name: string, changes: Partial<TrainOptions> = {}): TrainOptions {
  return {
    directory: join(directory, name),
    weightsPath: backbone.path,
    tensorPrefix: '',
    spec: backbone.spec,
    normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    method: dtlPlus(backbone.spec),
    recipe,
    plan: { threads: 1, microBatch: 4, cache: 'float32' },
    features: { folder: join(directory, name, 'features'), limitBytes: 1e9, backbone: 'tiny', preprocessing: 'none' },
    seed: 42,
    classes: CLASSES,
    photos,
    resume: false,
    ...changes,
  };
}

interface Seen {
  epochs: EpochReport[];
  /** Records of epochs that were handed back. */
  again: string[];
  failed: { id: number; reason: string }[];
  microBatches: number;
}

const recordOf = ({ epoch, trainLoss }: EpochReport): string => `epoch ${epoch}: ${trainLoss}`;

interface Away {
  readonly unreadable?: readonly number[];
  readonly gone?: readonly number[];
}

/** A host that can stop after so many questions, and whose photos can be unreadable or gone. */
function host({
  stopAt = Infinity,
  unreadable = [],
  gone = [],
}: Away & { readonly stopAt?: number } = {}): TrainHost & {
  seen: Seen;
} {
  const seen: Seen = { epochs: [], again: [], failed: [], microBatches: 0 };
  return {
    seen,
    check: ({ id }) =>
      gone.includes(id) ? Promise.reject(new EngineError('photo.unusable', 'it is gone')) : Promise.resolve(),
    pixels: (photo) =>
      unreadable.includes(photo.id)
        ? Promise.reject(new EngineError('photo.unusable', 'the file is truncated'))
        : Promise.resolve(photoBytes(photo)),
    progress: () => undefined,
    epoch: (report) => {
      seen.epochs.push(report);
      return recordOf(report);
    },
    epochAgain: (record) => seen.again.push(record),
    checkpoint: () => undefined,
    photoFailed: ({ id }, reason) => seen.failed.push({ id, reason }),
    checkStopped: () =>
      ++seen.microBatches >= stopAt ? Promise.reject(new EngineError('stopped', 'stop')) : Promise.resolve(),
  };
}

/** A host that is asked to stop after so many checkpoints or batches. */
function stoppedAfter(what: 'checkpoint' | 'batch', times: number, away: Away = {}): TrainHost & { seen: Seen } {
  const watching = host(away);
  const passed = { checkpoint: 0, batch: 0 };
  return {
    ...watching,
    progress: (phase) => {
      if (phase === 'training') passed.batch++;
    },
    checkpoint: () => {
      passed.checkpoint++;
    },
    checkStopped: () =>
      passed[what] >= times ? Promise.reject(new EngineError('stopped', 'stop')) : Promise.resolve(),
  };
}

const weightsOf = async (name: string): Promise<string> =>
  (await readFile(join(directory, name, 'weights.safetensors'))).toString('hex');

describe('a training run', () => {
  it('starts from the linear probe exactly: without an update it is the probe', async () => {
    // Nothing is held out to choose a decay on, so yardstick and start are one probe.
    const all = photos.map((photo) => ({
      ...photo,
      subset: photo.subset === 'validation' ? ('train' as const) : photo.subset,
    }));
    const still = { ...recipe, epochs: 1, learningRate: 1e-12, warmupFrom: 0 };
    const { predictions, probe } = await trainRun(options('a', { photos: all, recipe: still }), host());
    expect(predictions).toHaveLength(8);
    predictions.forEach(({ logits }, at) => {
      logits.forEach((value, c) => expect(value).toBeCloseTo(probe!.predictions[at]!.logits[c]!, 5));
    });
  });

  it('gives the same bits for the same seed, and others for another', async () => {
    await trainRun(options('a'), host());
    await trainRun(options('b'), host());
    await trainRun(options('c', { seed: 43 }), host());
    expect(await weightsOf('b')).toBe(await weightsOf('a'));
    expect(await weightsOf('c')).not.toBe(await weightsOf('a'));
  });

  it('ends with the same bits whether the sessions of step and evaluation stay side by side or take turns', async () => {
    const plan = { threads: 1, microBatch: 4, cache: 'float32' as const, packWeights: true };
    await trainRun(options('beside', { plan: { ...plan, evaluation: 'beside' } }), host());
    await trainRun(options('alone', { plan: { ...plan, evaluation: 'alone' } }), host());
    expect(await weightsOf('alone')).toBe(await weightsOf('beside'));
  });

  it('learns the same with packed weights and with attention computed twice, but for rounding', async () => {
    const plan = { threads: 1, microBatch: 4, cache: 'float32' as const };
    const plain = await trainRun(options('plain', { plan }), host());
    const others = [
      await trainRun(options('packed', { plan: { ...plan, packWeights: true } }), host()),
      await trainRun(options('twice', { plan: { ...plan, keepProbabilities: false } }), host()),
    ];
    for (const { predictions } of others)
      predictions.forEach(({ logits }, at) =>
        logits.forEach((value, c) => expect(value).toBeCloseTo(plain.predictions[at]!.logits[c]!, 3)),
      );
  });

  it.each([
    ['from the cache', {}, {}],
    ['keeping the best epoch', { keep: 'best', learningRate: 0.05 }, {}],
    ['with augmentation and drop path', { augmentation: 'flip-shift', dropPath: 0.3 }, { cache: 'none' }],
  ] as const)(
    'that was stopped and resumed ends as if it never had been, %s',
    async (_, recipeChanges, planChanges) => {
      const changes = {
        recipe: { ...recipe, ...recipeChanges },
        plan: { threads: 1, microBatch: 4, cache: 'float32' as const, ...planChanges },
      };
      const whole = host();
      await trainRun(options('whole', changes), whole);
      const expected = await weightsOf('whole');
      const total = whole.seen.microBatches;
      for (const stopAt of [5, Math.floor(total * 0.65), Math.floor(total * 0.8), total - 1]) {
        const name = `stopped-${stopAt}`;
        const first = await trainRun(options(name, changes), host({ stopAt }));
        expect(first.status).toBe('stopped');
        const second = await trainRun(options(name, { ...changes, resume: true }), host());
        expect(second.status).toBe('finished');
        expect(await weightsOf(name), `stopped at ${stopAt} of ${total}`).toBe(expected);
      }
    },
  );

  it('learns: the loss on its own photos falls well below that of the start', async () => {
    const watching = host();
    await trainRun(
      options('a', { recipe: { ...recipe, start: 'paper', epochs: 12, cosineEpochs: 12, learningRate: 1e-2 } }),
      watching,
    );
    const losses = watching.seen.epochs.flatMap(({ trainLoss }) => trainLoss ?? []);
    expect(losses).toHaveLength(12);
    expect(losses.at(-1)!).toBeLessThan(0.9 * losses[0]!);
  });

  it('ends with the weights of the epoch that did best on validation, when that is asked', async () => {
    // The start is the probe, and steps this large only spoil it.
    const wild = { ...recipe, start: 'probe', learningRate: 0.5, warmupEpochs: 0, keep: 'best' } as const;
    const watching = host();
    const outcome = await trainRun(options('best', { recipe: wild }), watching);
    const accuracies = watching.seen.epochs.map(({ validation }) => {
      const { logits, labels } = validation!;
      const right = labels.filter((label, row) => {
        const own = [...logits.subarray(row * CLASSES, (row + 1) * CLASSES)];
        return own.indexOf(Math.max(...own)) === label;
      });
      return right.length;
    });
    expect(accuracies[outcome.keptEpoch]).toBe(Math.max(...accuracies));
    const last = await trainRun(options('last', { recipe: { ...wild, keep: 'last' } }), host());
    expect(last.keptEpoch).toBe(recipe.epochs);
    expect(outcome.keptEpoch).toBeLessThan(recipe.epochs);
    expect(await weightsOf('best')).not.toBe(await weightsOf('last'));
    const validation = outcome.predictions.filter(({ photo }) => photo.subset === 'validation');
    const kept = watching.seen.epochs[outcome.keptEpoch]!.validation!.logits;
    expect(validation.flatMap(({ logits }) => [...logits])).toEqual([...kept]);
  });

  it('leaves an unreadable photo out, says which and why, and goes on', async () => {
    const watching = host({ unreadable: [3, 30] });
    const outcome = await trainRun(options('a'), watching);
    expect(outcome.status).toBe('finished');
    expect(watching.seen.failed).toEqual([
      { id: 3, reason: 'the file is truncated' },
      { id: 30, reason: 'the file is truncated' },
    ]);
    expect(outcome.predictions.map(({ photo }) => photo.id)).not.toContain(30);
  });

  it('says so when no photo can be read at all, or none of a class', async () => {
    const all = photos.map(({ id }) => id);
    await expect(trainRun(options('a'), host({ unreadable: all }))).rejects.toThrow(/None of the 36 photos/);
    const ofClass2 = photos.filter(({ label }) => label === 2).map(({ id }) => id);
    await expect(trainRun(options('b'), host({ gone: ofClass2 }))).rejects.toThrow(
      /1 of 3 classes have no training photo/,
    );
  });

  it('refuses to resume when photos have gone since the checkpoint, and keeps the checkpoint', async () => {
    await trainRun(options('a'), host());
    await expect(trainRun(options('a', { resume: true }), host({ gone: [1] }))).rejects.toThrow(
      /not those it was started with/,
    );
    expect(await readdir(join(directory, 'a'))).toContain('checkpoint.safetensors');
  });

  it('goes on without the photos that it began without, also where they are back, and says so', async () => {
    const away = { gone: [3], unreadable: [30] };
    await trainRun(options('whole'), host(away));
    await trainRun(options('a'), stoppedAfter('checkpoint', 1, away));
    const resumed = options('a', { resume: true });
    // Whatever comes back in between: the run is that of its first start.
    expect((await trainRun(resumed, stoppedAfter('checkpoint', 1, { gone: [30] }))).status).toBe('stopped');
    await expect(trainRun(resumed, host({ gone: [1] }))).rejects.toMatchObject({ code: 'checkpoint.mismatch' });
    const last = host();
    const outcome = await trainRun(resumed, last);
    expect(outcome.status).toBe('finished');
    const reason = expect.stringMatching(/left out when this run began/) as string;
    expect(last.seen.failed).toEqual([
      { id: 3, reason },
      { id: 30, reason },
    ]);
    expect(outcome.predictions.map(({ photo }) => photo.id)).not.toContain(30);
    expect(await weightsOf('a')).toBe(await weightsOf('whole'));
  });

  it('hands back the record of the last epoch when it goes on, since it may have been lost on its way', async () => {
    const first = stoppedAfter('checkpoint', 2);
    await trainRun(options('a'), first);
    const resumed = options('a', { resume: true });
    const second = stoppedAfter('batch', 1);
    await trainRun(resumed, second);
    expect(second.seen.again).toEqual([recordOf(first.seen.epochs[2]!)]);
    const third = host();
    await trainRun(resumed, third);
    expect(third.seen.again).toEqual(second.seen.again);
    expect(third.seen.epochs.map(({ epoch }) => epoch)).toEqual([3]);
  });

  it('goes on from a checkpoint of a version that kept neither', async () => {
    const away = { gone: [3] };
    await trainRun(options('whole'), host(away));
    await trainRun(options('a'), stoppedAfter('checkpoint', 1, away));
    const path = join(directory, 'a', 'checkpoint.safetensors');
    const file = parseSafetensors(await readFile(path), path);
    const { last_epoch: record, ...metadata } = Object.fromEntries(file.metadata);
    const tensors = [...file.tensors.values()].filter(({ name }) => name !== 'left_out');
    expect([record, file.tensors.size - tensors.length]).toEqual([expect.stringMatching(/^epoch 1: /), 1]);
    const data = tensors.map((entry) => ({ ...entry, data: tensorBytes(file, entry) }));
    await writeFile(path, encodeSafetensors(data, metadata));
    const second = host(away);
    await trainRun(options('a', { resume: true }), second);
    expect(second.seen.again).toEqual([]);
    expect(await weightsOf('a')).toBe(await weightsOf('whole'));
  });

  it.each([8, 64])('ends with a plain message when training diverges, batches of %i', async (batchSize) => {
    // With one batch an epoch the evaluation sees it first.
    const wild = { ...recipe, learningRate: 1e30, warmupEpochs: 0, batchSize };
    await expect(trainRun(options('a', { recipe: wild }), host())).rejects.toMatchObject({ code: 'train.diverged' });
  });

  it('keeps no temporary file when it ends, is stopped or fails', async () => {
    await trainRun(options('a'), host());
    await trainRun(options('b'), host({ stopAt: 20 }));
    await trainRun(options('c'), host({ unreadable: photos.map(({ id }) => id) })).catch(() => undefined);
    for (const name of ['a', 'b', 'c']) {
      expect((await readdir(join(directory, name))).filter((file) => file.endsWith('.cache'))).toEqual([]);
    }
  });

  it('trains the head alone by the linear method', async () => {
    const outcome = await trainRun(options('a', { method: { name: 'linear' } }), host());
    expect(outcome.sideParameters).toBe(0);
    expect(outcome.headParameters).toBe(CLASSES * 12 + CLASSES);
    expect(outcome.predictions).toEqual(outcome.probe!.predictions);
  });

  it('says what it could not write when its folder is gone', async () => {
    await mkdir(join(directory, 'blocked'));
    await writeFile(join(directory, 'blocked', 'features'), '');
    await expect(trainRun(options('blocked'), host())).rejects.toThrow(/feature cache .* could not be written/);
  });
});
