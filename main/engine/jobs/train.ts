import { hash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { EngineEvent, EngineResultOf, TrainJob, TrainSample } from '#app/contract/engine.ts';
import { epochEvent } from '#app/contract/engine.ts';
import { evaluate } from '#app/domain/metrics.ts';
import { canonicalJson } from '#app/domain/canonical-json.ts';
import { decoderVersion } from '../../images/decoder-version.ts';
import { createImageStore } from '../../images/image-store.ts';
import { EngineError } from '#native-models/errors.ts';
import { peakResidentBytes } from '#native-models/runtime/memory.ts';
import { runtimeVersion } from '#native-models/runtime/providers.ts';
import { trainRun } from '#native-models/train/run.ts';
import type { EpochReport, Prediction, TrainOptions, TrainPlan } from '#native-models/train/types.ts';
import type { JobHost } from '../jobs.ts';
import { photoFolders } from './photo-folders.ts';
import { readPixels } from './photos.ts';

export async function trainJob(job: TrainJob, { emit, checkStopped }: JobHost): Promise<EngineResultOf<'train'>> {
  const startedAt = performance.now();
  const images = createImageStore();
  const samples = new Map(job.samples.map((sample) => [sample.id, sample]));
  const sampleOf = (id: number): TrainSample => {
    const sample = samples.get(id);
    if (sample === undefined) throw new RangeError(`The run has no photo ${id}.`);
    return sample;
  };
  const folders = await photoFolders(job.samples.map(({ path }) => path));
  /** Where something cannot be read, it may be no file's own fault, or the file may have gone meanwhile. */
  const plugged = async <T>(sample: TrainSample, reading: Promise<T>): Promise<T> => {
    try {
      return await reading;
    } catch (error) {
      await folders.check(sample.path);
      await checkSize(sample);
      throw error;
    }
  };
  const outcome = await trainRun(trainOptions(job), {
    check: async ({ id }) => plugged(sampleOf(id), checkSize(sampleOf(id))),
    pixels: async ({ id }) => {
      const sample = sampleOf(id);
      const reading = Promise.all([readPixels(images, sample.path, job.preprocessing), checkContent(sample)]);
      const [pixels] = await plugged(sample, reading);
      return pixels;
    },
    progress: (phase, done, total) => emit({ type: 'progress', phase, done, total }),
    epoch: (report) => {
      const event = eventOf(report, job);
      emit(event);
      return JSON.stringify(event);
    },
    epochAgain: (record) => {
      const event = eventIn(record);
      if (event !== null) emit(event);
    },
    checkpoint: (epoch, step) => emit({ type: 'checkpoint', epoch, step }),
    photoFailed: ({ id }, reason) => emit({ type: 'photo-failed', id, path: sampleOf(id).path, reason }),
    checkStopped,
  });
  return {
    kind: 'train',
    status: outcome.status,
    weightsPath: outcome.weightsPath,
    epochsDone: outcome.epochsDone,
    keptEpoch: outcome.keptEpoch,
    sideParameters: outcome.sideParameters,
    headParameters: outcome.headParameters,
    predictions: outcome.predictions.map(predictionRow),
    probe:
      outcome.probe === null
        ? null
        : { weightDecay: outcome.probe.weightDecay, predictions: outcome.probe.predictions.map(predictionRow) },
    peakRssBytes: peakResidentBytes(),
    seconds: (performance.now() - startedAt) / 1000,
    runtime: runtimeVersion(),
    fallbacks: [...outcome.fallbacks],
  };
}

/** A photo that was replaced since its import would train on something nobody labelled. */
async function checkSize({ path, bytes }: TrainSample): Promise<void> {
  const size = await stat(path).then(
    (facts) => facts.size,
    (error: unknown) => (error instanceof Error && 'code' in error && error.code === 'ENOENT' ? null : bytes),
  );
  if (size === null) {
    throw new EngineError(
      'photo.unusable',
      'it is not there any more. Its labels are kept and this run goes on without it; put the file back before another run.',
    );
  }
  if (size !== bytes) throw changed();
}

/** Features are kept under the content's hash for every later run, so what is decoded has to be that content. */
async function checkContent({ path, contentHash }: TrainSample): Promise<void> {
  const content = await readFile(path).catch(() => null);
  if (content !== null && hash('sha256', content) !== contentHash) throw changed();
}

function changed(): EngineError {
  return new EngineError(
    'photo.unusable',
    'the file has changed since it was imported, and this run goes on without it; import the folder again before another run',
  );
}

function trainOptions(job: TrainJob): TrainOptions {
  return {
    directory: job.directory,
    weightsPath: job.backbone.path,
    tensorPrefix: job.backbone.tensorPrefix,
    spec: job.backbone.spec,
    normalisation: { mean: job.preprocessing.mean, std: job.preprocessing.std },
    method: job.method,
    recipe: job.recipe,
    plan: enginePlan(job.plan),
    features: {
      ...job.features,
      preprocessing: `${decoderVersion()} ${canonicalJson(job.preprocessing)}`,
    },
    seed: job.seed,
    classes: job.classNames.length,
    photos: job.samples.map(({ id, label, subset, contentHash: content }) => ({ id, label, subset, content })),
    resume: job.resume,
  };
}

/** A run of a version that did not plan its memory goes on as it began. */
function enginePlan({ memory, weights, ...others }: TrainJob['plan']): TrainPlan {
  // A setting that is not there is not in the fingerprint of a checkpoint either.
  const plan = { ...others, ...(weights === undefined ? {} : { weights }) };
  if (memory === undefined) return plan;
  const { packWeights, recompute, evaluation } = memory;
  return { ...plan, packWeights, keepProbabilities: recompute === 'none', evaluation };
}

function eventOf({ validation, ...report }: EpochReport, job: TrainJob): EngineEvent {
  return {
    type: 'epoch',
    ...report,
    epochs: job.recipe.epochs,
    validation: validation === null ? null : evaluate(validation.logits, validation.labels, job.classNames.length),
    rssBytes: process.memoryUsage.rss(),
  };
}

/** A run does not end for a point of its curve: null for a record that this version does not read. */
function eventIn(record: string): EngineEvent | null {
  try {
    return epochEvent.parse(JSON.parse(record));
  } catch {
    return null;
  }
}

function predictionRow({ photo, logits }: Prediction) {
  return { id: photo.id, subset: photo.subset, label: photo.label, logits: [...logits] };
}
