/** Packs to test with: real in every part but for the training. */
import type { BackboneSpec, SwinSpec, VitSpec } from '#app/domain/backbone.ts';
import { plainVit } from '#app/domain/backbone.ts';
import { backboneIdentity } from '#app/domain/id-of.ts';
import type { PackContent, PackTensor } from '#app/domain/pack-content.ts';
import { SELF_TEST_GENERATOR, packTensors } from '#app/domain/pack-content.ts';
import { methodFor } from '#app/domain/method-defaults.ts';
import type { Method } from '#app/domain/run-config.ts';

export const tinySpec: VitSpec = {
  family: 'vit',
  imageSize: 32,
  patchSize: 8,
  width: 12,
  depth: 4,
  heads: 3,
  mlpWidth: 48,
  layerNormEps: 1e-6,
  ...plainVit,
};

export const vitBase: VitSpec = {
  family: 'vit',
  imageSize: 224,
  patchSize: 16,
  width: 768,
  depth: 12,
  heads: 12,
  mlpWidth: 3072,
  layerNormEps: 1e-6,
  ...plainVit,
};

/** Two stages on grids of 4 and 2, shifted windows in the first. */
export const tinySwin: SwinSpec = {
  family: 'swin',
  imageSize: 8,
  patchSize: 2,
  windowSize: 2,
  width: 6,
  depths: [2, 2],
  heads: [1, 2],
  mlpRatio: 4,
  layerNormEps: 1e-5,
};

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

export function dtlPlus(spec: BackboneSpec, kernel: 3 | 4 | 5): Method {
  return methodFor('dtl+', spec, { kernel });
}

/** Numbers that look trained: neither zero nor short in decimals. */
function values(count: number, phase: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + phase) / 7);
}

export function packContent(
  spec: BackboneSpec = tinySpec,
  classes = 3,
  method: Method = dtlPlus(spec, 5),
): PackContent {
  const classNames = range(0, classes).map((i) => `class ${i}`);
  const backbone = { name: 'vit_test', identity: backboneIdentity('ab'.repeat(32)), spec };
  const tensors = new Map<string, PackTensor>();
  for (const [name, shape] of packTensors({ method, backbone, classNames })) {
    const count = shape.reduce((a, b) => a * b, 1);
    tensors.set(name, { shape, values: values(count, tensors.size) });
  }
  return {
    method,
    classNames,
    preprocessing: {
      imageSize: spec.imageSize,
      fit: 'squash',
      interpolation: 'bicubic',
      sixteenBit: { kind: 'percentiles', low: 100.5, high: 60000 },
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    },
    backbone,
    metrics: {
      validation: { loss: 0.31, accuracy: 0.9, macroF1: 0.89 },
      test: null,
      probe: { validation: null, test: { loss: 0.5, accuracy: 0.8, macroF1: 0.79 } },
    },
    provenance: {
      labelRevision: 42,
      splitDigest: 'cd'.repeat(32),
      seed: 7,
      recipe: { start: 'probe', epochs: 30, learningRate: 0.001, dropLastBatch: false },
      plan: { provider: 'cpu', threads: 2, microBatch: 4, cache: 'float32' },
      appVersion: '0.1.0',
      runtimeVersion: '1.30.0',
    },
    selfTest: range(0, SELF_TEST_GENERATOR.count).map((i) => [...values(classes, i)]),
    tensors,
  };
}
