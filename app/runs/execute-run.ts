/** Hands a run to an engine process and keeps what comes back, as it comes. */
import type { EngineEvent, EngineResultOf, TrainJob } from '../contract/engine.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { count } from '../domain/count.ts';
import { AppError, asAppError } from '../domain/errors.ts';
import { FEATURE_FOLDER } from '../domain/feature-cache.ts';
import type { PhotoId, RunId } from '../domain/ids.ts';
import { evaluate } from '../domain/metrics.ts';
import type { Subset } from '../domain/run-config.ts';
import type {
  Evaluation,
  RecordedMetric,
  Run,
  RunLogLine,
  RunMetric,
  RunPrediction,
  RunSample,
  SubsetEvaluations,
} from '../domain/run.ts';
import { atHand } from '../domain/stored-backbone.ts';
import type { Work } from '../ports/work.ts';
import type { RunPorts } from './ports.ts';
import { runFolder } from './run-folder.ts';
import { appendIfPossible, beginLine, endLine, epochLine, leftOutLine } from './run-log.ts';
import type { LeftOut } from './select-samples.ts';

export interface RunOutcome {
  /** Finished, or stopped because somebody asked for it. */
  readonly run: Run;
  /** Photos that turned out to be missing, changed or not decodable. */
  readonly leftOut: readonly LeftOut[];
}

export interface RunWork extends Work {
  readonly onEvent?: (event: EngineEvent) => void;
  /** After it was kept. */
  readonly onMetric?: (metric: RecordedMetric) => void;
  /** After it was kept. */
  readonly onLog?: (line: RunLogLine) => void;
}

type TrainAnswer = EngineResultOf<'train'>;

/** Where an engine keeps a run's checkpoint, below the run's folder. */
const CHECKPOINT = 'checkpoint.safetensors';

/**
 * Starts a queued run, or continues one that stopped or failed from its checkpoint. A failure is recorded with its reason
 * and thrown; the run can be resumed. Throws `runs.photos-changed`, `runs.illegal-transition`, and what the engine throws.
 */
export async function executeRun(ports: RunPorts, id: RunId, work: RunWork = {}): Promise<RunOutcome> {
  const { store, engine } = ports;
  const before = store.runs.get(id);
  const job = trainJob(ports, before);
  store.runs.move(id, { to: 'running', enginePid: null });
  const leftOut: LeftOut[] = [];
  const records = new Recorder(ports, id, work);
  records.tell(beginLine(job.resume, store.runs.latestCheckpoint(id)?.epoch ?? null));
  const stop = new AbortController();
  const forward = (): void => stop.abort();
  if (work.signal?.aborted === true) forward();
  work.signal?.addEventListener('abort', forward, { once: true });
  try {
    const answer = await engine.run(job, {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'photo-failed') leftOut.push({ path: event.path, reason: event.reason });
        // Nothing is worth computing that cannot be kept: the engine is stopped and leaves its checkpoint.
        if (!records.keep(event)) stop.abort();
        if (event.type === 'progress') work.onProgress?.(event);
        work.onEvent?.(event);
      },
    });
    records.rethrow();
    const run = keepAnswer(ports, before, answer, job.resume);
    records.tell(endLine(run));
    return { run, leftOut };
  } catch (thrown) {
    const error = asAppError(records.failure ?? thrown);
    recordEnd(ports, id, error);
    records.tell(endLine(store.runs.get(id)));
    throw withResumeHint(before, error);
  } finally {
    work.signal?.removeEventListener('abort', forward);
  }
}

function trainJob({ store, profile, host }: RunPorts, run: Run): TrainJob {
  const samples = store.runs.samples(run.id);
  const photos = store.photos.getMany(samples.map(({ photoId: id }) => id));
  const changed = photos.filter(({ contentHash }, at) => contentHash !== samples[at]?.contentHash);
  if (changed.length > 0) {
    throw new AppError(
      'runs.photos-changed',
      `${run.name} cannot go on: ${count(changed.length, 'of its photos has', 'of its photos have')} other content now (${changed[0]?.path ?? ''}). ` +
        'The run and its checkpoint are kept. Put the old files back and import the folder, or start a new run.',
      { data: { run: run.name, paths: changed.map(({ path }) => path) } },
    );
  }
  const backbone = atHand(store.backbones.get(run.provenance.backbone));
  // A checkpoint names photos by these numbers, which stay the same when the project is carried to another profile.
  const numbers = store.photos.numbers(samples.map(({ photoId: id }) => id));
  const { method, recipe, plan, preprocessing, seed } = run.config;
  return {
    kind: 'train',
    directory: profile.locate(runFolder(run.id)),
    backbone: { path: profile.locate(backbone.path), tensorPrefix: backbone.tensorPrefix, spec: backbone.spec },
    preprocessing: { ...preprocessing, mean: [...preprocessing.mean], std: [...preprocessing.std] },
    method,
    recipe,
    plan,
    features: {
      folder: profile.locate(FEATURE_FOLDER),
      limitBytes: host.machine().cacheBytes,
      backbone: backbone.identity,
    },
    seed,
    classNames: run.classes.map(({ name }) => name),
    samples: samples.map((sample, at) => trainSample(sample, numbers[at] ?? 0, photos[at]?.path ?? '')),
    resume: run.state !== 'queued' || run.startedAt !== null,
  };
}

function trainSample(
  { bytes, contentHash, label, subset }: RunSample,
  id: number,
  path: string,
): TrainJob['samples'][number] {
  return { id, path, label, subset, bytes, contentHash };
}

function metricOf({ epoch, trainLoss, learningRate, validation, imagesPerSecond, rssBytes }: RunMetric): RunMetric {
  return { epoch, trainLoss, learningRate, validation, imagesPerSecond, rssBytes };
}

/** Keeps what must survive a crash: metrics and checkpoints. */
class Recorder {
  failure: unknown = null;
  readonly #ports: RunPorts;
  readonly #id: RunId;
  readonly #work: RunWork;
  /** A run that goes on comes upon the same photos again. */
  readonly #told: Set<string>;
  /** It is told the last epoch before its checkpoint again, too. */
  readonly #metrics: Set<string>;

  constructor(ports: RunPorts, id: RunId, work: RunWork) {
    this.#ports = ports;
    this.#id = id;
    this.#work = work;
    this.#told = new Set(ports.store.runs.log(id).map(({ line }) => line));
    this.#metrics = new Set(ports.store.runs.metrics(id).map((metric) => canonicalJson(metricOf(metric))));
  }

  tell(line: string): void {
    for (const kept of appendIfPossible(this.#ports.store, this.#id, line)) this.#work.onLog?.(kept);
  }

  #tellOnce(line: string): void {
    if (this.#told.has(line)) return;
    this.#told.add(line);
    this.tell(line);
  }

  /** False once something could not be kept; `failure` says what. */
  keep(event: EngineEvent): boolean {
    if (this.failure !== null) return false;
    const { runs } = this.#ports.store;
    try {
      if (event.type === 'epoch') {
        const metric = metricOf(event);
        if (this.#metrics.has(canonicalJson(metric))) return true;
        for (const kept of runs.recordMetrics(this.#id, [metric])) this.#work.onMetric?.(kept);
        this.tell(epochLine(event));
      } else if (event.type === 'photo-failed') {
        this.#tellOnce(leftOutLine(event));
      } else if (event.type === 'checkpoint') {
        const path = `${runFolder(this.#id)}/${CHECKPOINT}`;
        runs.recordCheckpoint(this.#id, { epoch: event.epoch, step: event.step, path });
      }
    } catch (error) {
      this.failure = error;
    }
    return this.failure === null;
  }

  rethrow(): void {
    if (this.failure !== null) throw asAppError(this.failure);
  }
}

function keepAnswer({ store, profile }: RunPorts, { id, classes }: Run, answer: TrainAnswer, resumed: boolean): Run {
  if (answer.status === 'stopped') return store.runs.move(id, { to: 'stopped', error: null });
  if (answer.weightsPath === null) {
    throw new AppError('engine.protocol', 'The engine finished a run and left no weights.', { kind: 'bug' });
  }
  const weightsPath = profile.relative(answer.weightsPath);
  const photos = store.runs.samples(id).map(({ photoId: photo }) => photo);
  const known = new Map(store.photos.numbers(photos).map((number, at) => [number, photos[at]]));
  return store.transaction(() => {
    store.runs.recordPredictions(id, [
      ...stored('run', answer.predictions, known),
      ...stored('probe', answer.probe?.predictions ?? [], known),
    ]);
    const { sideParameters, headParameters, keptEpoch, fallbacks } = answer;
    // A run that went on was computed by several processes, and the answer is that of the last one.
    const { workedMs } = store.runs.overview(id);
    const seconds = resumed && workedMs !== null ? workedMs / 1000 : answer.seconds;
    const earlierBytes = store.runs.metrics(id).map(({ rssBytes }) => rssBytes);
    const peakRssBytes = Math.max(answer.peakRssBytes, ...earlierBytes);
    return store.runs.move(id, {
      to: 'finished',
      result: {
        weightsPath,
        sideParameters,
        headParameters,
        evaluations: evaluations(answer.predictions, classes.length),
        probe:
          answer.probe === null
            ? null
            : { ...evaluations(answer.probe.predictions, classes.length), weightDecay: answer.probe.weightDecay },
        keptEpoch,
        fallbacks,
        peakRssBytes,
        seconds,
      },
    });
  });
}

function stored(
  by: RunPrediction['by'],
  rows: TrainAnswer['predictions'],
  known: ReadonlyMap<number, PhotoId | undefined>,
): readonly RunPrediction[] {
  return rows.map(({ id, subset, label, logits }) => {
    const photo = known.get(id);
    if (photo === undefined) {
      throw new AppError('engine.protocol', `The engine predicted photo ${id}, which it was not given.`, {
        kind: 'bug',
      });
    }
    return { photoId: photo, by, subset, label, logits };
  });
}

function evaluations(rows: TrainAnswer['predictions'], classes: number): SubsetEvaluations {
  const of = (subset: Subset): Evaluation | null => {
    const own = rows.filter((row) => row.subset === subset);
    if (own.length === 0) return null;
    return evaluate(
      own.flatMap(({ logits }) => logits),
      own.map(({ label }) => label),
      classes,
    );
  };
  return { validation: of('validation'), test: of('test') };
}

/** The record of a run that broke must not depend on the store being well: then the next start finds it interrupted. */
function recordEnd({ store }: RunPorts, id: RunId, error: AppError): void {
  const { code, message } = error;
  try {
    store.runs.move(
      id,
      error.kind === 'cancelled' ? { to: 'stopped', error: null } : { to: 'failed', error: { code, message } },
    );
  } catch (second) {
    if (asAppError(second).kind === 'bug') throw second;
  }
}

function withResumeHint({ name }: Run, error: AppError): AppError {
  const message = `${name} failed: ${error.message} The run is kept and can go on from its last checkpoint.`;
  return error.kind === 'expected'
    ? new AppError(error.code, message, { kind: error.kind, data: { ...error.data, run: name }, cause: error })
    : error;
}
