/** Between a row of `runs` and a run. */
import { backboneIdentity, projectId, runId, splitId } from '#app/domain/id-of.ts';
import type { RunState } from '#app/domain/run-state.ts';
import type { Run } from '#app/domain/run.ts';
import { method, names, preprocessing, readJson, recipe, runClasses, runPlan, runResult } from './json.ts';

export interface RunRow {
  readonly id: number;
  readonly project_id: number;
  readonly number: number;
  readonly name: string;
  readonly note: string;
  readonly method: string;
  readonly recipe: string;
  readonly plan: string;
  readonly preprocessing: string;
  readonly seed: number;
  readonly classes: string;
  readonly label_revision: number;
  readonly split_id: number;
  readonly split_digest: string;
  readonly backbone: string;
  readonly app_version: string;
  readonly runtime_version: string;
  readonly state: RunState;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly result: string | null;
  readonly engine_pid: number | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly pinned: number;
  readonly tags: string;
  readonly queue_place: number | null;
  readonly worked_ms: number;
  readonly working_since: number | null;
  readonly train_photos: number;
  readonly validation_photos: number;
  readonly test_photos: number;
}

export function runFromRow(row: RunRow): Run {
  const where = (column: string): string => `runs.${column} of run ${row.id}`;
  const { error_code: code, error_message: message } = row;
  return {
    id: runId(row.id),
    projectId: projectId(row.project_id),
    number: row.number,
    name: row.name,
    note: row.note,
    config: {
      method: readJson(method, row.method, where('method')),
      recipe: readJson(recipe, row.recipe, where('recipe')),
      plan: readJson(runPlan, row.plan, where('plan')),
      preprocessing: readJson(preprocessing, row.preprocessing, where('preprocessing')),
      seed: row.seed,
    },
    provenance: {
      labelRevision: row.label_revision,
      splitId: splitId(row.split_id),
      splitDigest: row.split_digest,
      backbone: backboneIdentity(row.backbone),
      appVersion: row.app_version,
      runtimeVersion: row.runtime_version,
    },
    classes: readJson(runClasses, row.classes, where('classes')),
    pinned: row.pinned === 1,
    tags: readJson(names, row.tags, where('tags')),
    state: row.state,
    error: code === null || message === null ? null : { code, message },
    result: row.result === null ? null : readJson(runResult, row.result, where('result')),
    enginePid: row.engine_pid,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}
