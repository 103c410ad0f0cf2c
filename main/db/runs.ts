import { AppError } from '#app/domain/errors.ts';
import { runId } from '#app/domain/id-of.ts';
import type { RunId } from '#app/domain/ids.ts';
import type { Subset } from '#app/domain/run-config.ts';
import { assertCanMove } from '#app/domain/run-state.ts';
import type { RunTransition } from '#app/domain/run-state.ts';
import type { NewRun, Run, RunFields, RunSample } from '#app/domain/run.ts';
import type { RunRepository } from '#app/ports/repositories.ts';
import { unknownBackbone } from './backbones.ts';
import type { Connection, SqlValue } from './connection.ts';
import { method, names, preprocessing, recipe, runClasses, runPlan, runResult, toJson } from './json.ts';
import { runBoard } from './run-board.ts';
import { runRecords } from './run-records.ts';
import { runFromRow } from './run-rows.ts';
import type { RunRow } from './run-rows.ts';
import { unknownSplit } from './splits.ts';

/** How a transition fills the columns error_code, error_message, result, engine_pid. */
function columnsOf(transition: RunTransition): [string | null, string | null, string | null, number | null] {
  switch (transition.to) {
    case 'queued':
      return [null, null, null, null];
    case 'running':
      return [null, null, null, transition.enginePid];
    case 'finished':
      return [null, null, toJson(runResult, transition.result, 'runs.result'), null];
    case 'stopped':
    case 'failed':
      return [transition.error?.code ?? null, transition.error?.message ?? null, null, null];
  }
}

function unknownRun(id: RunId): AppError {
  return new AppError('runs.unknown', `There is no run ${id}. List the runs to see which there are.`, {
    data: { id },
  });
}

function inSubset(samples: readonly RunSample[], wanted: Subset): number {
  return samples.filter(({ subset }) => subset === wanted).length;
}

export function runRepository(db: Connection, now: () => number): RunRepository {
  const insert = db.prepare<SqlValue[]>(
    `INSERT INTO runs (project_id, number, name, note, method, recipe, plan, preprocessing, seed, classes,
       label_revision, split_id, split_digest, backbone, app_version, runtime_version, state, created_at,
       train_photos, validation_photos, test_photos)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?)`,
  );
  const lastNumber = db.prepare<[number], { number: number }>(
    'SELECT ifnull(max(number), 0) AS number FROM runs WHERE project_id = ?',
  );
  const splitExists = db.prepare<[number, number], { id: number }>(
    'SELECT id FROM splits WHERE id = ? AND project_id = ?',
  );
  const backboneExists = db.prepare<[string], { identity: string }>(
    'SELECT identity FROM backbones WHERE identity = ?',
  );
  const byId = db.prepare<[number], RunRow>('SELECT * FROM runs WHERE id = ?');
  const ofProject = db.prepare<[number], RunRow>('SELECT * FROM runs WHERE project_id = ? ORDER BY number DESC');
  const byState = db.prepare<[string], RunRow>('SELECT * FROM runs WHERE state = ? ORDER BY id');
  const setState = db.prepare<SqlValue[]>(
    `UPDATE runs SET state = ?, error_code = ?, error_message = ?, result = ?, engine_pid = ?,
       started_at = ?, ended_at = ?, worked_ms = ?, working_since = ? WHERE id = ?`,
  );
  const setFields = db.prepare<SqlValue[]>('UPDATE runs SET name = ?, note = ?, pinned = ?, tags = ? WHERE id = ?');
  const erase = db.prepare<[number]>('DELETE FROM runs WHERE id = ?');
  const finished = db.prepare<[string, number], RunRow>(
    `SELECT * FROM runs WHERE backbone = ? AND state = 'finished' ORDER BY ended_at DESC, id DESC LIMIT ?`,
  );
  const lastSign = db.prepare<[number], { at: number | null }>(
    'SELECT max(at) AS at FROM run_metrics WHERE run_id = ?',
  );

  function rowOf(id: RunId): RunRow {
    const row = byId.get(id);
    if (row === undefined) throw unknownRun(id);
    return row;
  }

  function get(id: RunId): Run {
    return runFromRow(rowOf(id));
  }

  const { insertSamples, ...records } = runRecords(db, now, get);

  function create(run: NewRun, samples: readonly RunSample[]): Run {
    const { config, provenance } = run;
    if (samples.length === 0) {
      throw new AppError('runs.no-samples', 'A run needs photos to learn from; none was created. Label photos first.');
    }
    if (!splitExists.get(provenance.splitId, run.projectId)) throw unknownSplit(provenance.splitId);
    if (!backboneExists.get(provenance.backbone)) throw unknownBackbone(provenance.backbone);
    const number = (lastNumber.get(run.projectId)?.number ?? 0) + 1;
    const { id } = insert.run(
      run.projectId,
      number,
      run.name ?? `run ${number}`,
      run.note,
      toJson(method, config.method, 'runs.method'),
      toJson(recipe, config.recipe, 'runs.recipe'),
      toJson(runPlan, config.plan, 'runs.plan'),
      toJson(preprocessing, config.preprocessing, 'runs.preprocessing'),
      config.seed,
      toJson(runClasses, run.classes, 'runs.classes'),
      provenance.labelRevision,
      provenance.splitId,
      provenance.splitDigest,
      provenance.backbone,
      provenance.appVersion,
      provenance.runtimeVersion,
      now(),
      inSubset(samples, 'train'),
      inSubset(samples, 'validation'),
      inSubset(samples, 'test'),
    );
    insertSamples(runId(id), samples);
    return get(runId(id));
  }

  function move(id: RunId, transition: RunTransition): Run {
    const row = rowOf(id);
    assertCanMove(`Run "${row.name}"`, row.state, transition.to);
    const at = now();
    const starts = transition.to === 'running';
    const ends = transition.to !== 'running' && transition.to !== 'queued';
    // A run that nobody stopped was cut off at a moment that nobody saw: what it last recorded is the best guess.
    const until =
      transition.to === 'stopped' && transition.error !== null ? (lastSign.get(id)?.at ?? row.working_since ?? at) : at;
    const worked = row.working_since === null ? 0 : Math.max(0, until - row.working_since);
    setState.run(
      transition.to,
      ...columnsOf(transition),
      row.started_at ?? (starts ? at : null),
      ends ? at : row.ended_at,
      row.worked_ms + worked,
      starts ? at : null,
      id,
    );
    return get(id);
  }

  function edit(id: RunId, fields: Partial<RunFields>): Run {
    const { name, note, pinned, tags } = { ...get(id), ...fields };
    setFields.run(name, note, pinned ? 1 : 0, toJson(names, tags, 'runs.tags'), id);
    return get(id);
  }

  function remove(id: RunId): void {
    const { name, state } = rowOf(id);
    if (state === 'running') {
      throw new AppError('runs.at-work', `${name} is at work. It was not removed. Stop it first.`, {
        data: { run: name },
      });
    }
    erase.run(id);
  }

  return {
    ...records,
    ...runBoard(db, now, unknownRun),
    create: (run, samples) => db.transaction(() => create(run, samples)),
    get,
    list: (project) => ofProject.all(project).map(runFromRow),
    inState: (state) => byState.all(state).map(runFromRow),
    move: (id, transition) => db.transaction(() => move(id, transition)),
    edit: (id, fields) => db.transaction(() => edit(id, fields)),
    remove: (id) => db.transaction(() => remove(id)),
    finishedOn: (backbone, limit) => finished.all(backbone, limit).map(runFromRow),
  };
}
