/** Runs as they stand in an archive, and their files. */
import type { z } from 'zod';
import type { ArchivedFile } from '#app/ports/archive.ts';
import type { Connection } from '../connection.ts';
import { method, names, preprocessing, readJson, recipe, runClasses, runPlan, runResult } from '../json.ts';
import type { RunRow } from '../run-rows.ts';
import { archiveNames } from './places.ts';
import type { ArchiveRecord } from './records.ts';

const INTERRUPTED = {
  code: 'runs.interrupted',
  message: 'The run was at work when its project was archived. It can go on from the checkpoint that it had then.',
};

/** A run that waited or was at work is a stopped one in another profile: nothing there begins to compute by itself. */
export function runRecord(row: RunRow, split: number, classOf: (id: number) => number): ArchiveRecord<'runs'> {
  const where = `runs of run ${row.number}`;
  const result = row.result === null ? null : readJson(runResult, row.result, where);
  const { error_code: code, error_message: message, state } = row;
  const kept = state === 'finished' || state === 'failed';
  const error = code === null || message === null ? null : { code, message };
  return {
    number: row.number,
    name: row.name,
    note: row.note,
    method: readJson(method, row.method, where),
    recipe: readJson(recipe, row.recipe, where),
    plan: readJson(runPlan, row.plan, where),
    preprocessing: readJson(preprocessing, row.preprocessing, where),
    seed: row.seed,
    classes: readJson(runClasses, row.classes, where).map(({ id, name }) => ({ class: classOf(id), name })),
    labelRevision: row.label_revision,
    split,
    splitDigest: row.split_digest,
    backbone: row.backbone,
    appVersion: row.app_version,
    runtimeVersion: row.runtime_version,
    state: kept ? state : 'stopped',
    error: state === 'running' ? INTERRUPTED : error,
    result: result === null ? null : withoutPath(result),
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: kept || state === 'stopped' ? row.ended_at : row.started_at,
    pinned: row.pinned === 1,
    tags: readJson(names, row.tags, where),
    workedMs: row.worked_ms,
    train: row.train_photos,
    validation: row.validation_photos,
    test: row.test_photos,
  };
}

function withoutPath({ weightsPath: _weightsPath, ...result }: z.infer<typeof runResult>) {
  return result;
}

export function runFiles(db: Connection, row: RunRow): readonly ArchivedFile[] {
  const result = row.result === null ? null : readJson(runResult, row.result, `runs.result of run ${row.number}`);
  const checkpoint = db
    .prepare<[number], { path: string }>('SELECT path FROM checkpoints WHERE run_id = ? ORDER BY id DESC LIMIT 1')
    .get(row.id);
  return [
    ...(result === null
      ? []
      : [
          {
            kind: 'weights' as const,
            name: archiveNames.weights(row.number),
            stored: result.weightsPath,
            sha256: null,
            title: `the weights of ${row.name}`,
          },
        ]),
    ...(checkpoint === undefined
      ? []
      : [
          {
            kind: 'checkpoint' as const,
            name: archiveNames.checkpoint(row.number),
            stored: checkpoint.path,
            sha256: null,
            title: `the checkpoint of ${row.name}`,
          },
        ]),
  ];
}
