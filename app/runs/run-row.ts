/** Runs as a table shows them. */
import type { RunRow } from '../contract/runs.ts';
import { methodWords } from '../domain/method-words.ts';
import type { ProjectId, RunId } from '../domain/ids.ts';
import type { RunOverview } from '../domain/run.ts';
import { sideParameterCount } from '../domain/side-parameters.ts';
import type { Store } from '../ports/repositories.ts';

interface Ports {
  readonly store: Store;
}

/** Newest first. */
export function runRows({ store }: Ports, project: ProjectId): readonly RunRow[] {
  const places = queuePlaces(store);
  return store.runs.overviews(project).map((overview) => toRow(overview, places));
}

/** Throws `runs.unknown`. */
export function runRow({ store }: Ports, id: RunId): RunRow {
  return toRow(store.runs.overview(id), queuePlaces(store));
}

function queuePlaces(store: Store): ReadonlyMap<RunId, number> {
  return new Map(store.runs.queue().map((id, at) => [id, at + 1]));
}

function toRow(overview: RunOverview, places: ReadonlyMap<RunId, number>): RunRow {
  const { run, photos, epochsDone, validation, splitName, backbone, packs, workedMs } = overview;
  const { config, provenance, result } = run;
  // A probe has a recipe as every run does, and follows none of it that has to do with epochs.
  const { epochs, learningRate } =
    config.method.name === 'linear' ? { epochs: null, learningRate: null } : config.recipe;
  return {
    id: run.id,
    project: run.projectId,
    number: run.number,
    name: run.name,
    note: run.note,
    tags: run.tags,
    pinned: run.pinned,
    state: run.state,
    queued: places.get(run.id) ?? null,
    error: run.error,
    method: methodWords(config.method, backbone.spec),
    backbone: backbone.name,
    weights: config.plan.weights ?? 'float32',
    seed: config.seed,
    epochs,
    epochsDone: result === null ? epochsDone : (epochs ?? 0),
    learningRate,
    classes: run.classes.length,
    photos,
    labelRevision: provenance.labelRevision,
    split: splitName,
    validation: result === null ? validation : result.evaluations.validation,
    test: result?.evaluations.test ?? null,
    probeTest: result?.probe?.test ?? null,
    sideParameters: result?.sideParameters ?? sideParameterCount(config.method, backbone.spec),
    seconds: result?.seconds ?? (workedMs === null ? null : workedMs / 1000),
    peakRssBytes: result?.peakRssBytes ?? null,
    packs,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
  };
}
