/** Plausible rows for tests. */
import { plainVit } from '#app/domain/backbone.ts';
import { backboneIdentity, contentHash } from '#app/domain/id-of.ts';
import type { ContentHash, PhotoId, ProjectId } from '#app/domain/ids.ts';
import type { NewPhoto } from '#app/domain/photo.ts';
import type { LabelClass } from '#app/domain/label.ts';
import type { NewRun, RunResult, RunSample } from '#app/domain/run.ts';
import type { Split } from '#app/domain/split.ts';
import type { NewStoredBackbone } from '#app/domain/stored-backbone.ts';
import type { Store } from '#app/ports/repositories.ts';

/** A different well-formed SHA-256 for every number. */
export function hash(n: number): ContentHash {
  return contentHash(n.toString(16).padStart(64, '0'));
}

export function newPhoto(n: number, overrides: Partial<NewPhoto> = {}): NewPhoto {
  return {
    path: `/photos/${String(n).padStart(6, '0')}.jpg`,
    contentHash: hash(n),
    bytes: 1000 + n,
    modifiedAt: 5000.25 + n,
    facts: {
      width: 640,
      height: 480,
      orientation: 1,
      format: 'jpeg',
      bitsPerSample: 8,
      perceptualHash: n.toString(16).padStart(16, '0'),
      pixelHash: hash(n + 1_000_000),
    },
    reason: null,
    offeredClass: null,
    ...overrides,
  };
}

export const newBackbone: NewStoredBackbone = {
  identity: backboneIdentity('b'.repeat(64)),
  name: 'vit_tiny_patch16_224',
  spec: {
    family: 'vit',
    imageSize: 224,
    patchSize: 16,
    width: 192,
    depth: 12,
    heads: 3,
    mlpWidth: 768,
    layerNormEps: 1e-6,
    ...plainVit,
  },
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  parameters: 5_524_416,
  dtype: 'float16',
  bytes: 11_050_000,
  licence: 'Apache-2.0',
  path: 'backbones/b.safetensors',
  tensorPrefix: '',
  source: 'embedded',
  details: null,
};

export interface LabelledProject {
  readonly project: ProjectId;
  readonly photos: readonly PhotoId[];
  readonly classes: readonly [LabelClass, LabelClass];
  readonly split: Split;
}

/** A project with `count` photos, alternately of two classes, split in order: half train, a quarter each the others. */
export function labelledProject(store: Store, count = 8): LabelledProject {
  const project = store.projects.create('plots').id;
  const photos = store.photos.add(
    project,
    Array.from({ length: count }, (_, i) => newPhoto(i + 1)),
  );
  const [oak, elm] = store.classes.add(project, [
    { name: 'oak', color: '#aa7700', key: '1' },
    { name: 'elm', color: '#00aa77', key: '2' },
  ]);
  if (!oak || !elm) throw new Error('two classes were asked for');
  store.labels.set(
    project,
    photos.map((photoId, i) => ({ photoId, classId: i % 2 === 0 ? oak.id : elm.id })),
    { actor: 'ada', source: 'folder' },
  );
  const split = store.splits.create(
    {
      projectId: project,
      name: null,
      drawn: { seed: 7, fractions: { train: 0.5, validation: 0.25, test: 0.25 } },
      labelRevision: count,
      digest: 'd'.repeat(64),
    },
    photos.map((photoId, i) => ({
      photoId,
      subset: i < count / 2 ? 'train' : i < (3 * count) / 4 ? 'validation' : 'test',
      cluster: i,
    })),
  );
  return { project, photos, classes: [oak, elm], split };
}

export function newRun(store: Store, { project, classes, split }: LabelledProject): NewRun {
  return {
    projectId: project,
    name: null,
    note: '',
    config: {
      method: { name: 'dtl+', rank: 2, beta: 100, kernel: 5, extract: [0, 1, 2], adapt: [6, 7] },
      recipe: {
        start: 'probe',
        epochs: 30,
        batchSize: 32,
        learningRate: 1e-3,
        headLearningRateScale: 1,
        warmupEpochs: 3,
        warmupFrom: 1e-7,
        cosineEpochs: 30,
        learningRateFloor: 1e-5,
        weightDecay: 1e-4,
        dropPath: 0,
        labelSmoothing: 0,
        classWeights: 'none',
        augmentation: 'none',
        dropLastBatch: false,
        keep: 'last',
      },
      plan: { provider: 'cpu', threads: 2, microBatch: 8, cache: 'float32' },
      preprocessing: {
        imageSize: 224,
        fit: 'squash',
        interpolation: 'bicubic',
        sixteenBit: { kind: 'percentiles', low: 12, high: 60_000 },
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
      },
      seed: 11,
    },
    provenance: {
      labelRevision: store.labels.revision(project),
      splitId: split.id,
      splitDigest: split.digest,
      backbone: store.backbones.add(newBackbone).identity,
      appVersion: '0.1.0',
      runtimeVersion: '1.30.0',
    },
    classes: classes.map(({ id, name }) => ({ id, name })),
  };
}

export function runSamples({ photos }: LabelledProject): readonly RunSample[] {
  return photos.map((photoId, i) => ({
    photoId,
    contentHash: hash(i + 1),
    bytes: 1001 + i,
    label: i % 2,
    subset: i < photos.length / 2 ? 'train' : 'test',
  }));
}

export const runResult: RunResult = {
  weightsPath: 'runs/1/weights.safetensors',
  sideParameters: 56_064,
  headParameters: 7_690,
  evaluations: { validation: null, test: { loss: 0.4, accuracy: 0.9, macroF1: 0.88 } },
  probe: { validation: null, test: { loss: 0.5, accuracy: 0.85, macroF1: 0.8 }, weightDecay: 1e-3 },
  keptEpoch: 30,
  fallbacks: [],
  peakRssBytes: 5e8,
  seconds: 61.5,
};
