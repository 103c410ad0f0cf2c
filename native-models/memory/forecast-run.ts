/** What a whole run takes: of the memory, the largest of its phases with the sessions that each holds; of arithmetic, each of them. */
import { byteSizes } from '../dtypes.ts';
import type { Method } from '../adapters/method.ts';
import { flopsOf } from '../graph/flops.ts';
import { elementCount } from '../graph/types.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { backboneTensors, featureWidth } from '../models/backbone-spec.ts';
import { quantisedTensors } from '../models/quantised-file.ts';
import type { WeightFile, WeightTensor } from '../models/weights.ts';
import { featureBatch, featureGraph, forwardGraph, trainingGraph } from '../train/graphs.ts';
import { forecastMemory } from './forecast.ts';

export interface PlannedRun {
  readonly spec: BackboneSpec;
  readonly method: Method;
  readonly classes: number;
  readonly microBatch: number;
  readonly cached: boolean;
  readonly packWeights: boolean;
  /** Of the backbone's matrices. */
  readonly weights: 'float32' | 'int8';
  readonly recompute: 'none' | 'attention';
  readonly evaluation: 'beside' | 'alone';
}

/**
 * What a process takes at work beside its sessions: photos that are decoded ahead, tensors that wait for the collector of
 * garbage, what the allocator keeps. Seen as 57 to 72 MiB on ViT-S/32, ViT-B/32 and Swin-S, which the check of the forecast leaves out.
 */
const AT_WORK_BYTES = 65 << 20;

export interface RunForecast {
  /** Beside what the process holds before its first session, with so many photos. */
  readonly bytes: (photos: number) => number;
  /** Of the backbone in 8 bits, which lies in the run's folder while it trains; 0 where it is used as it is. */
  readonly copyBytes: number;
  /** Of one photo: in a training step, in an evaluation, and where its features are computed. */
  readonly flops: { readonly step: number; readonly evaluation: number; readonly features: number };
}

export function forecastRun(run: PlannedRun): RunForecast {
  const { spec, method, classes, microBatch, cached, packWeights, recompute, evaluation } = run;
  const { weights, fileBytes } = weightsOf(run);
  const copyBytes = run.weights === 'int8' ? fileBytes : 0;
  const network = { spec, weights, method, classes };
  const trains = method.name !== 'linear';
  const gathered = featureBatch(spec);
  const gathering = featureGraph({ ...network, batch: gathered }, trains && cached).graph;
  const features = forecastMemory(gathering, { packWeights: true }).totalBytes;
  const featureFlops = flopsOf(gathering) / gathered;
  // Every photo's pooled features are kept to the end: gathered into one piece, then copied and standardised for the probe.
  const pooled = (photos: number): number => Float32Array.BYTES_PER_ELEMENT * featureWidth(spec) * photos;
  const before = (photos: number): number => Math.max(features + 2 * pooled(photos), 3 * pooled(photos));
  if (!trains) {
    const flops = { step: 0, evaluation: 0, features: featureFlops };
    return { bytes: (photos) => AT_WORK_BYTES + before(photos), copyBytes, flops };
  }
  const batched = { ...network, batch: microBatch };
  const step = trainingGraph(batched, 0, false, recompute === 'none');
  const forward = forwardGraph(batched);
  const stepGraph = cached && step.split !== null ? step.split.suffix : step.graph;
  const forwardOnly = cached ? forward.split.suffix : forward.graph;
  const ofStep = forecastMemory(stepGraph, { packWeights });
  const ofForward = forecastMemory(forwardOnly, { packWeights });
  // Photos come from the same buffers; weights that are not packed are the same pages of the mapped file.
  const beside = ofForward.arenaBytes + ofForward.graphBytes + (packWeights ? ofForward.weightBytes : 0);
  const training =
    evaluation === 'beside' ? ofStep.totalBytes + beside : Math.max(ofStep.totalBytes, ofForward.totalBytes);
  return {
    bytes: (photos) => AT_WORK_BYTES + Math.max(before(photos), training + pooled(photos)),
    copyBytes,
    flops: {
      step: flopsOf(stepGraph) / microBatch,
      evaluation: flopsOf(forwardOnly) / microBatch,
      features: featureFlops,
    },
  };
}

/** The tensors that a run's file of this geometry has; where they lie does not matter. */
function weightsOf({ spec, weights, method }: PlannedRun): {
  readonly weights: WeightFile;
  readonly fileBytes: number;
} {
  let end = 0;
  const tensors = new Map<string, WeightTensor>();
  for (const [name, shape] of backboneTensors(spec)) {
    const quantised = weights === 'int8' ? quantisedTensors(name, shape, method.name !== 'linear') : null;
    for (const tensor of quantised ?? [{ name, dtype: 'float32' as const, shape }]) {
      const start = end;
      end += byteSizes[tensor.dtype] * elementCount(tensor.shape);
      tensors.set(tensor.name, { dtype: tensor.dtype, shape: tensor.shape, start, end });
    }
  }
  return { weights: { folder: '', file: '', tensors, prefix: '' }, fileBytes: end };
}
