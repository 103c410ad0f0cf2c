/** An engine that does what a test says, and remembers what it was asked. */
import type { EngineEvent, EngineJob, EngineResult, EngineResultOf, PredictJob, TrainJob } from '../contract/engine.ts';
import { cancelled } from '../domain/errors.ts';
import type { EnginePort } from '../ports/engine.ts';

export interface Script {
  /** Called for a training job; what it throws is the engine's failure. */
  train?(job: TrainJob, host: ScriptHost): Promise<EngineResultOf<'train'>>;
  predict?(job: PredictJob, host: ScriptHost): Promise<EngineResultOf<'predict'>>;
  /** Floating-point operations a second. */
  rate?(): number | Promise<number>;
}

export interface ScriptHost {
  readonly emit: (event: EngineEvent) => void;
  /** Rejects once the job was asked to stop, like an engine between two micro-batches. */
  readonly checkStopped: () => Promise<void>;
}

export interface ScriptedEngine extends EnginePort {
  readonly jobs: readonly EngineJob[];
}

export function scriptedEngine(script: Script): ScriptedEngine {
  const jobs: EngineJob[] = [];
  const answer = async (job: EngineJob, host: ScriptHost): Promise<EngineResult> => {
    if (job.kind === 'doctor') return { kind: 'doctor', runtime: 'scripted 1', providers: [], rssBytes: 0 };
    if (job.kind === 'train' && script.train !== undefined) return script.train(job, host);
    if (job.kind === 'predict' && script.predict !== undefined) return script.predict(job, host);
    if (job.kind === 'rate' && script.rate !== undefined) return { kind: 'rate', flopsPerSecond: await script.rate() };
    throw new Error(`The script has no ${job.kind} job.`);
  };
  return {
    jobs,
    run: async (job, { signal, onEvent } = {}) => {
      jobs.push(job);
      const checkStopped = async (): Promise<void> => {
        await Promise.resolve();
        if (signal?.aborted === true) throw cancelled('The job');
      };
      return (await answer(job, { emit: (event) => onEvent?.(event), checkStopped })) as never;
    },
  };
}

/** What an engine answers for a run that went through: every held-out photo is classified rightly. */
export function finishedRun(job: TrainJob, weightsPath: string): EngineResultOf<'train'> {
  const predictions = job.samples
    .filter(({ subset }) => subset !== 'train')
    .map(({ id, subset, label }) => ({
      id,
      subset,
      label,
      logits: job.classNames.map((_, at) => (at === label ? 4 : 0)),
    }));
  return {
    kind: 'train',
    status: 'finished',
    weightsPath,
    epochsDone: job.recipe.epochs,
    keptEpoch: job.recipe.epochs,
    sideParameters: 100,
    headParameters: 10,
    predictions,
    probe: {
      weightDecay: 0.1,
      predictions: predictions.map((one) => ({ ...one, logits: job.classNames.map((_, at) => (at === 0 ? 1 : 0)) })),
    },
    peakRssBytes: 1,
    seconds: 1,
    runtime: 'scripted 1',
    fallbacks: [],
  };
}

/** What it answers when it was asked to stop. */
export function stoppedRun(job: TrainJob): EngineResultOf<'train'> {
  return { ...finishedRun(job, ''), status: 'stopped', weightsPath: null, predictions: [], probe: null };
}
