/** Finding runs, and telling how they really stand. */
import { AppError } from '../domain/errors.ts';
import { classScores, confusionMatrix, topClass } from '../domain/metrics.ts';
import type { ClassScore } from '../domain/metrics.ts';
import type { Pack } from '../domain/pack.ts';
import type { Project } from '../domain/project.ts';
import type { Subset } from '../domain/run-config.ts';
import type { Checkpoint, Evaluation, RecordedMetric, Run, RunPrediction } from '../domain/run.ts';
import type { Split } from '../domain/split.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Store } from '../ports/repositories.ts';

interface Ports {
  readonly store: Store;
}

const INTERRUPTED = {
  code: 'runs.interrupted',
  message: 'The program ended while this run was at work. It can go on from its last checkpoint.',
};

/**
 * To be called by whoever has just become the owner of the profile: nobody else can be at work then, so runs that are
 * still called running were cut off. Returns them as they are now.
 */
export function stopInterrupted({ store }: Ports): readonly Run[] {
  return store.transaction(() =>
    store.runs.inState('running').map(({ id }) => store.runs.move(id, { to: 'stopped', error: INTERRUPTED })),
  );
}

/** As `stopInterrupted` would leave it, for who may only read; `owned` says whether the profile has an owner. */
export function asItStands(run: Run, owned: boolean): Run {
  return run.state === 'running' && !owned ? { ...run, state: 'stopped', error: INTERRUPTED, enginePid: null } : run;
}

/** Newest first. */
export function listRuns({ store }: Ports, project: Project, owned: boolean): readonly Run[] {
  return store.runs.list(project.id).map((run) => asItStands(run, owned));
}

/** By number or name; null is the newest. Throws `runs.none`, `runs.unknown`. */
export function resolveRun({ store }: Ports, project: Project, reference: string | null): Run {
  const all = store.runs.list(project.id);
  const [newest] = all;
  if (newest === undefined) {
    throw new AppError('runs.none', `Project "${project.name}" has no runs yet. Train one first.`);
  }
  if (reference === null) return newest;
  const found = all.find(({ number, name }) => name === reference || String(number) === reference);
  if (found !== undefined) return found;
  throw new AppError(
    'runs.unknown',
    `Project "${project.name}" has no run "${reference}". Its runs are 1 to ${newest.number}.`,
    { data: { run: reference } },
  );
}

/** The run to go on with: the given one, or the newest that can. Throws `runs.not-resumable`. */
export function resolveResumable(ports: Ports, project: Project, reference: string | null): Run {
  const resumable = ({ state }: Run): boolean => state === 'stopped' || state === 'failed' || state === 'queued';
  if (reference === null) {
    const found = ports.store.runs.list(project.id).find(resumable);
    if (found !== undefined) return found;
  }
  const run = resolveRun(ports, project, reference);
  if (resumable(run)) return run;
  throw new AppError(
    'runs.not-resumable',
    reference === null
      ? `No run of project "${project.name}" is waiting to go on. Start a new one.`
      : `${run.name} is ${run.state}, so there is nothing to go on with. Start a new run.`,
    { data: { run: run.name, state: run.state } },
  );
}

/** What a network did on one subset. */
export interface SubsetReport {
  readonly evaluation: Evaluation | null;
  /** Counts [label][prediction]. */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly ClassScore[];
}

export interface RunDetails {
  readonly run: Run;
  readonly split: Split;
  readonly backbone: StoredBackbone | null;
  readonly photos: Readonly<Record<Subset, number>>;
  readonly metrics: readonly RecordedMetric[];
  readonly checkpoint: Checkpoint | null;
  readonly packs: readonly Pack[];
  readonly test: SubsetReport | null;
  readonly validation: SubsetReport | null;
  readonly probeTest: SubsetReport | null;
}

export function showRun({ store }: Ports, run: Run): RunDetails {
  const photos = { train: 0, validation: 0, test: 0 };
  for (const { subset } of store.runs.samples(run.id)) photos[subset]++;
  const own = store.runs.predictions(run.id, 'run');
  const probe = store.runs.predictions(run.id, 'probe');
  const classes = run.classes.length;
  return {
    run,
    split: store.splits.get(run.provenance.splitId),
    backbone: store.backbones.find(run.provenance.backbone),
    photos,
    metrics: store.runs.metrics(run.id),
    checkpoint: store.runs.latestCheckpoint(run.id),
    packs: store.packs.ofRun(run.id),
    test: subsetReport(own, 'test', classes, run.result?.evaluations.test ?? null),
    validation: subsetReport(own, 'validation', classes, run.result?.evaluations.validation ?? null),
    probeTest: subsetReport(probe, 'test', classes, run.result?.probe?.test ?? null),
  };
}

function subsetReport(
  predictions: readonly RunPrediction[],
  subset: Subset,
  classes: number,
  evaluation: Evaluation | null,
): SubsetReport | null {
  const own = predictions.filter((one) => one.subset === subset);
  if (own.length === 0) return null;
  const confusion = confusionMatrix(
    own.map(({ label }) => label),
    own.map(({ logits }) => topClass(logits)),
    classes,
  );
  return { evaluation, confusion, classes: classScores(confusion) };
}
