/** A whole training run: features, probe, epochs, final predictions, weights on disk. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { HEAD_BIAS, HEAD_WEIGHT, headParameters, randomHead } from '../adapters/head.ts';
import { initialSide, sideParameters, trainedParameters } from '../adapters/method.ts';
import { classWeightsOf } from '../data/targets.ts';
import { EngineError } from '../errors.ts';
import type { SafetensorsBuffer } from '../formats/safetensors.ts';
import { encodeSafetensors } from '../formats/safetensors.ts';
import { makeFolder, writeAtomic } from '../formats/write-atomic.ts';
import type { Graph } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';
import { featureWidth } from '../models/backbone-spec.ts';
import type { OwnedWeights } from '../models/quantised-file.ts';
import { quantisedWeights, removeQuantised } from '../models/quantised-file.ts';
import { openWeightFile } from '../models/weight-file.ts';
import type { WeightFile } from '../models/weights.ts';
import { readAsHalf } from '../passes/read-as-half.ts';
import { mergeFallbacks } from '../runtime/placement.ts';
import { EngineSession } from '../runtime/session.ts';
import { AdamW, parameterGroups } from './adamw.ts';
import { photoFeeds } from './batch-feeds.ts';
import { BestWeights } from './best-weights.ts';
import { leftOutOf, openCheckpoint, restoreCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { diverged } from './diverged.ts';
import { evaluateRows } from './evaluate.ts';
import type { PhotoData } from './features.ts';
import { computePhotoData } from './features.ts';
import type { TrainingGraph } from './graphs.ts';
import { forwardGraph, trainingGraph } from './graphs.ts';
import type { FeatureSet, FittedProbes, Probe } from './linear-probe.ts';
import { applyHead, fitLinearProbe } from './linear-probe.ts';
import { trainEpochs } from './loop.ts';
import { RunSessions } from './run-sessions.ts';
import type { Prediction, Subset, TrainHost, TrainOptions, TrainOutcome, TrainPhoto } from './types.ts';

/** Resolves `stopped` when the host asked for it; throws EngineError for everything that a run cannot go on with. */
export async function trainRun(options: TrainOptions, host: TrainHost): Promise<TrainOutcome> {
  await makeFolder(options.directory);
  let weights: OwnedWeights | null = null;
  let data: PhotoData | null = null;
  try {
    const checkpoint = options.resume ? await openCheckpoint(checkpointPath(options)) : null;
    const photos = checkpoint === null ? options.photos : begunWith(options.photos, checkpoint, host);
    weights = await weightsFor(options, host);
    data = await computePhotoData({ ...options, photos }, weights, host);
    requirePhotos(options, data.photos);
    const { best, start } = await fitProbe(options, data, host);
    const probe = { weightDecay: best.weightDecay, predictions: probePredictions(options, data, best) };
    if (options.method.name === 'linear') return await finishLinear(options, best, probe, data.fallbacks);
    return { ...(await trainSide(options, weights, data, start, checkpoint, host)), probe };
  } catch (error) {
    if (error instanceof EngineError && error.code === 'stopped') return stopped(options, 0);
    throw error;
  } finally {
    data?.dispose();
    await weights?.remove();
  }
}

/** The backbone in the plan's precision; `remove` deletes what was written for this run alone. */
async function weightsFor(options: TrainOptions, host: TrainHost): Promise<OwnedWeights> {
  const { weightsPath, tensorPrefix, directory, plan, method } = options;
  if (plan.weights !== 'int8')
    return { ...(await openWeightFile(weightsPath, tensorPrefix)), remove: () => Promise.resolve() };
  if ((plan.provider ?? 'cpu') !== 'cpu')
    throw new EngineError('train.weights', `A backbone in 8 bits is computed on the CPU, not on ${plan.provider}.`);
  await removeQuantised(directory);
  return quantisedWeights(weightsPath, tensorPrefix, directory, {
    forBackward: method.name !== 'linear',
    checkStopped: () => host.checkStopped(),
  });
}

const checkpointPath = ({ directory }: TrainOptions): string => join(directory, 'checkpoint.safetensors');

/** A photo that has come back since would make it another run. */
function begunWith(photos: readonly TrainPhoto[], checkpoint: SafetensorsBuffer, host: TrainHost): TrainPhoto[] {
  const leftOut = leftOutOf(checkpoint);
  const reason =
    'it was left out when this run began, and a run goes on with the photos that it began with. ' +
    'Its labels are kept; another run uses it where it can be read.';
  return photos.filter((photo) => {
    if (!leftOut.has(photo.id)) return true;
    host.photoFailed(photo, reason);
    return false;
  });
}

const countOf = (shapes: ReadonlyMap<string, readonly number[]>): number =>
  [...shapes.values()].reduce((sum, shape) => sum + elementCount(shape), 0);

function parameterCounts({ method, spec, classes }: TrainOptions) {
  return {
    sideParameters: countOf(sideParameters(method, spec)),
    headParameters: countOf(headParameters(classes, featureWidth(spec))),
  };
}

function stopped(options: TrainOptions, epochsDone: number): TrainOutcome {
  return {
    status: 'stopped',
    weightsPath: null,
    epochsDone,
    keptEpoch: epochsDone,
    ...parameterCounts(options),
    fallbacks: [],
    predictions: [],
    probe: null,
  };
}

/** Every class needs a photo to learn from that can still be read. */
function requirePhotos({ classes, photos: asked }: TrainOptions, photos: readonly TrainPhoto[]): void {
  const kept = 'Your labels and earlier runs are kept.';
  if (photos.length === 0) {
    throw new EngineError(
      'train.no-photos',
      `None of the ${asked.length} photos of this run could be read: is the folder still there? ${kept}`,
    );
  }
  const present = new Set(photos.filter(({ subset }) => subset === 'train').map(({ label }) => label));
  if (present.size < classes) {
    throw new EngineError(
      'train.class-without-photos',
      `${classes - present.size} of ${classes} classes have no training photo that can be read. ${kept} Put the photos back, or label others.`,
    );
  }
}

function rowsIn(data: PhotoData, subset: Subset): number[] {
  return data.photos.flatMap((photo, row) => (photo.subset === subset ? [row] : []));
}

function featureSet({ spec }: TrainOptions, data: PhotoData, rows: readonly number[]): FeatureSet {
  const width = featureWidth(spec);
  const features = new Float32Array(rows.length * width);
  rows.forEach((row, at) => features.set(data.features.subarray(row * width, (row + 1) * width), at * width));
  return { features, labels: rows.map((row) => data.photos[row]!.label) };
}

function fitProbe(options: TrainOptions, data: PhotoData, host: TrainHost): Promise<FittedProbes> {
  const validationRows = rowsIn(data, 'validation');
  return fitLinearProbe({
    train: featureSet(options, data, rowsIn(data, 'train')),
    validation: validationRows.length === 0 ? null : featureSet(options, data, validationRows),
    width: featureWidth(options.spec),
    classes: options.classes,
    classWeights: options.recipe.classWeights,
    threads: options.plan.threads,
    onFit: (done, total) => host.progress('probe', done, total),
    checkStopped: () => host.checkStopped(),
  });
}

function heldOut(data: PhotoData): number[] {
  return data.photos.flatMap((photo, row) => (photo.subset === 'train' ? [] : [row]));
}

function predictionsFrom(
  data: PhotoData,
  rows: readonly number[],
  logits: Float32Array,
  classes: number,
): Prediction[] {
  return rows.map((row, at) => ({
    photo: data.photos[row]!,
    logits: [...logits.subarray(at * classes, (at + 1) * classes)],
  }));
}

function probePredictions(options: TrainOptions, data: PhotoData, probe: Probe): Prediction[] {
  const rows = heldOut(data);
  const { features } = featureSet(options, data, rows);
  return predictionsFrom(
    data,
    rows,
    applyHead(probe.weight, probe.bias, features, featureWidth(options.spec)),
    options.classes,
  );
}

function probeHead({ weight, bias }: Probe): Map<string, Float32Array> {
  return new Map([
    [HEAD_WEIGHT, weight],
    [HEAD_BIAS, bias],
  ]);
}

async function finishLinear(
  options: TrainOptions,
  probe: Probe,
  result: NonNullable<TrainOutcome['probe']>,
  fallbacks: TrainOutcome['fallbacks'],
): Promise<TrainOutcome> {
  const weightsPath = await writeWeights(options, probeHead(probe));
  return {
    status: 'finished',
    weightsPath,
    epochsDone: 0,
    keptEpoch: 0,
    ...parameterCounts(options),
    fallbacks,
    predictions: result.predictions,
    probe: result,
  };
}

async function trainSide(
  options: TrainOptions,
  weights: WeightFile,
  data: PhotoData,
  probe: Probe,
  checkpoint: SafetensorsBuffer | null,
  host: TrainHost,
): Promise<TrainOutcome> {
  const { spec, method, classes, recipe, plan, seed } = options;
  const head = recipe.start === 'probe' ? probeHead(probe) : randomHead(classes, featureWidth(spec), seed);
  const parameters = new Map([...initialSide(method, spec, seed), ...head]);
  const optimizer = new AdamW(
    parameters,
    parameterGroups(parameters.keys(), recipe.weightDecay, recipe.headLearningRateScale),
  );
  const fingerprint = fingerprintOf(options, data.photos);
  const used = new Set(data.photos.map(({ id }) => id));
  const leftOut = options.photos.flatMap(({ id }) => (used.has(id) ? [] : [id]));
  const best = new BestWeights();
  const restored = checkpoint === null ? null : restoreCheckpoint(checkpoint, { optimizer, best, fingerprint });
  let lastEpoch = restored?.lastEpoch ?? null;
  if (lastEpoch !== null) host.epochAgain(lastEpoch);

  const network = { spec, weights, method, classes, batch: plan.microBatch };
  const step = behindCache(data, trainingGraph(network, recipe.dropPath, data.cache !== null, plan.keepProbabilities));
  const forward = behindCache(data, forwardGraph(network));
  const { threads, provider = 'cpu', packWeights = false } = plan;
  const open = (graph: Graph) => (): Promise<EngineSession> =>
    EngineSession.create(graph, { threads, weightsFolder: weights.folder, provider, packWeights });
  await using sessions = new RunSessions(
    { step: open(step), forward: open(forward) },
    { beside: plan.evaluation !== 'alone' },
  );
  const feeds = photoFeeds(data, options);
  const evaluate = async (rows: readonly number[], phase: boolean): Promise<Float32Array> =>
    evaluateRows({
      session: await sessions.get('forward'),
      feeds,
      parameters,
      rows,
      microBatch: plan.microBatch,
      classes,
      afterEach: async (done) => {
        if (phase) host.progress('evaluating', done, rows.length);
        await host.checkStopped();
      },
    });
  const validationRows = rowsIn(data, 'validation');
  const report = async (
    epoch: number,
    trainLoss: number | null,
    rate: number | null,
    imagesPerSecond: number | null,
  ): Promise<void> => {
    const labels = validationRows.map((row) => data.photos[row]!.label);
    const validation = labels.length === 0 ? null : { logits: await evaluate(validationRows, false), labels };
    if (validation !== null && !validation.logits.every(Number.isFinite)) throw diverged(epoch);
    if (recipe.keep === 'best' && validation !== null) best.offer(epoch, validation, parameters);
    lastEpoch = host.epoch({ epoch, trainLoss, learningRate: rate, imagesPerSecond, validation });
  };
  const trainRows = rowsIn(data, 'train');
  const trainLabels = trainRows.map((row) => data.photos[row]!.label);
  if (restored === null) await report(0, null, null, null);
  const { epochsDone, stopped: wasStopped } = await trainEpochs(
    {
      options,
      session: () => sessions.get('step'),
      feeds,
      photos: data.photos,
      trainRows,
      loss: {
        classes,
        labelSmoothing: recipe.labelSmoothing,
        classWeights: classWeightsOf(trainLabels, classes, recipe.classWeights),
      },
      optimizer,
      host,
      save: async (position) => {
        const state = { optimizer, best, position, fingerprint, leftOut, lastEpoch };
        await writeCheckpoint(checkpointPath(options), state);
        host.checkpoint(position.epoch, position.batch);
      },
      epochDone: report,
    },
    restored?.position ?? { epoch: 0, batch: 0, lossSum: 0 },
  );
  if (wasStopped) return stopped(options, epochsDone);
  best.restore(parameters);
  const rows = heldOut(data);
  let logits: Float32Array;
  try {
    logits = await evaluate(rows, true);
  } catch (error) {
    if (error instanceof EngineError && error.code === 'stopped') return stopped(options, epochsDone);
    throw error;
  }
  if (!logits.every(Number.isFinite)) throw diverged(epochsDone);
  const weightsPath = await writeWeights(options, parameters);
  return {
    status: 'finished',
    weightsPath,
    epochsDone,
    keptEpoch: best.score?.epoch ?? epochsDone,
    ...parameterCounts(options),
    fallbacks: mergeFallbacks([data.fallbacks, sessions.fallbacks]),
    predictions: predictionsFrom(data, rows, logits, classes),
    probe: null,
  };
}

/** The part of a graph that is left to compute where its frontier is cached; all of it where it is not. */
function behindCache({ cache }: PhotoData, { graph, split }: Pick<TrainingGraph, 'graph' | 'split'>): Graph {
  if (cache === null || split === null) return graph;
  const halves = cache.tensors.filter(({ dtype }) => dtype === 'float16').map(({ name }) => name);
  return readAsHalf(split.suffix, new Set(halves));
}

/** Everything that decides what the run computes: a checkpoint of another run, or of other photos, is not continued. */
function fingerprintOf(options: TrainOptions, photos: readonly TrainPhoto[]): string {
  const { spec, normalisation, method, plan, seed, classes } = options;
  // Checkpoints of runs from before there was a choice go on.
  const { keep, ...others } = options.recipe;
  const recipe = keep === 'last' ? others : options.recipe;
  const list = photos.map(({ id, label, subset }) => [id, label, subset]);
  const text = JSON.stringify({ spec, normalisation, method, recipe, plan, seed, classes, list });
  return createHash('sha256').update(text).digest('hex');
}

async function writeWeights(
  { directory, method, spec, classes }: TrainOptions,
  parameters: ReadonlyMap<string, Float32Array>,
): Promise<string> {
  const tensors = [...trainedParameters(method, spec, classes)].map(([name, shape]) => {
    const values = parameters.get(name)!;
    return {
      name,
      dtype: 'float32' as const,
      shape,
      data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    };
  });
  const path = join(directory, 'weights.safetensors');
  await writeAtomic(path, encodeSafetensors(tensors, {}));
  return path;
}
