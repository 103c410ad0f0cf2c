/**
 * Whether a provider computes what the CPU does: loss and gradients of one step of a small network with a side network in
 * every block, on random weights. A driver that computes wrongly would otherwise show as a run that learns nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultDtl } from '../adapters/dtl/config.ts';
import { trainedParameters } from '../adapters/method.ts';
import { elementCount } from '../graph/types.ts';
import { randomValues, writeRandomWeights } from '../models/random-weights.ts';
import type { VitSpec } from '../models/vit-spec.ts';
import { plainVit } from '../models/vit-spec.ts';
import { openWeightFile } from '../models/weight-file.ts';
import type { Fallback } from '../runtime/placement.ts';
import type { ProviderName } from '../runtime/provider-names.ts';
import { EngineSession } from '../runtime/session.ts';
import { trainingGraph } from './graphs.ts';

/** 65 tokens: with fewer, kernels for long sequences would not be used. */
const spec: VitSpec = {
  family: 'vit',
  imageSize: 32,
  patchSize: 4,
  width: 32,
  depth: 2,
  heads: 2,
  mlpWidth: 128,
  layerNormEps: 1e-6,
  ...plainVit,
};
const CLASSES = 3;
const BATCH = 2;

/** Cards that compute products with shortened mantissas stay within it; a wrong kernel does not. */
export const LARGEST_DIFFERENCE = 1e-2;

export interface ProviderCheck {
  /** Largest relative L2 difference from the CPU over the loss, the logits and every gradient. */
  readonly difference: number;
  readonly fallbacks: readonly Fallback[];
}

/** Throws `runtime.provider` where the provider cannot be had. */
export async function checkProvider(provider: ProviderName, threads: number): Promise<ProviderCheck> {
  const directory = await mkdtemp(join(tmpdir(), 'dtl-check-'));
  try {
    const path = join(directory, 'random.safetensors');
    await writeRandomWeights(path, spec);
    const weights = await openWeightFile(path);
    const method = { name: 'dtl+' as const, beta: 100, kernel: 3 as const, ...defaultDtl(spec) };
    const { graph } = trainingGraph({ spec, weights, method, classes: CLASSES, batch: BATCH });
    const parameters = trainedParameters(method, spec, CLASSES);
    const feeds = new Map(
      graph.inputs.map(({ name, shape }) => [
        name,
        randomValues(name, elementCount(shape), parameters.has(name) ? 0.1 : 1),
      ]),
    );
    const compute = async (on: ProviderName) => {
      const session = await EngineSession.create(graph, { threads, weightsFolder: weights.folder, provider: on });
      const outputs = await session.run(feeds);
      await session.release();
      return { outputs, fallbacks: session.fallbacks };
    };
    const { outputs, fallbacks } = await compute(provider);
    const expected = await compute('cpu');
    const differences = [...expected.outputs].map(([name, values]) => relativeL2(outputs.get(name), values));
    return { difference: Math.max(...differences), fallbacks };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Infinite where there is nothing to compare, or a number that is none. */
function relativeL2(actual: Float32Array | undefined, expected: Float32Array): number {
  let [difference, norm] = [0, 0];
  expected.forEach((value, at) => {
    difference += (value - (actual?.[at] ?? NaN)) ** 2;
    norm += value ** 2;
  });
  const relative = Math.sqrt(difference / norm);
  return Number.isFinite(relative) ? relative : Infinity;
}
