/** Runs as a table shows them, the order in which they wait, and what they told while they were at work. */
import { packId, runId } from '#app/domain/id-of.ts';
import type { AppError } from '#app/domain/errors.ts';
import type { RunId } from '#app/domain/ids.ts';
import type { RunOverview } from '#app/domain/run.ts';
import type { RunRepository } from '#app/ports/repositories.ts';
import type { Connection } from './connection.ts';
import { backboneSpec, idList, readJson } from './json.ts';
import { runFromRow } from './run-rows.ts';
import type { RunRow } from './run-rows.ts';

interface OverviewRow extends RunRow {
  readonly split_name: string;
  readonly backbone_name: string;
  readonly backbone_spec: string;
  readonly newest_epoch: number | null;
  readonly validation_loss: number | null;
  readonly validation_accuracy: number | null;
  readonly validation_macro_f1: number | null;
  readonly packs: string;
}

/** One seek a run into the metrics, so that hundreds of runs cost hundreds of seeks and not all their epochs. */
const OVERVIEW = `SELECT runs.*, splits.name AS split_name, backbones.name AS backbone_name, backbones.spec AS backbone_spec,
    newest.epoch AS newest_epoch, newest.validation_loss, newest.validation_accuracy, newest.validation_macro_f1,
    (SELECT json_group_array(packs.id) FROM packs WHERE packs.run_id = runs.id) AS packs
  FROM runs
  JOIN splits ON splits.id = runs.split_id
  JOIN backbones ON backbones.identity = runs.backbone
  LEFT JOIN run_metrics newest ON newest.run_id = runs.id
    AND newest.epoch = (SELECT max(epoch) FROM run_metrics WHERE run_id = runs.id)`;

function fromRow(row: OverviewRow, now: number): RunOverview {
  const { validation_loss: loss, validation_accuracy: accuracy, validation_macro_f1: macroF1 } = row;
  return {
    run: runFromRow(row),
    photos: { train: row.train_photos, validation: row.validation_photos, test: row.test_photos },
    epochsDone: row.newest_epoch ?? 0,
    validation: loss === null || accuracy === null || macroF1 === null ? null : { loss, accuracy, macroF1 },
    splitName: row.split_name,
    backbone: {
      name: row.backbone_name,
      spec: readJson(backboneSpec, row.backbone_spec, `backbones.spec of "${row.backbone_name}"`),
    },
    packs: readJson(idList, row.packs, `packs of run ${row.id}`).map((id) => packId(id)),
    workedMs:
      row.started_at === null
        ? null
        : row.worked_ms + (row.working_since === null ? 0 : Math.max(0, now - row.working_since)),
  };
}

type RunBoard = Pick<RunRepository, 'overviews' | 'overview' | 'queue' | 'arrangeQueue' | 'appendLog' | 'log'>;

/** `unknown` is what is thrown for a run that is not there. */
export function runBoard(db: Connection, now: () => number, unknown: (id: RunId) => AppError): RunBoard {
  const ofProject = db.prepare<[number], OverviewRow>(
    `${OVERVIEW} WHERE runs.project_id = ? ORDER BY runs.number DESC`,
  );
  const one = db.prepare<[number], OverviewRow>(`${OVERVIEW} WHERE runs.id = ?`);
  const waiting = db.prepare<[], { id: number }>(
    `SELECT id FROM runs INDEXED BY runs_in_queue WHERE state = 'queued' ORDER BY queue_place IS NULL, queue_place, id`,
  );
  const place = db.prepare<[number | null, number]>('UPDATE runs SET queue_place = ? WHERE id = ?');
  const lastLine = db.prepare<[number], { id: number }>(
    'SELECT ifnull(max(id), 0) AS id FROM run_log WHERE run_id = ?',
  );
  const insertLine = db.prepare<[number, number, number, string]>(
    'INSERT INTO run_log (run_id, id, at, line) VALUES (?, ?, ?, ?)',
  );
  const lines = db.prepare<[number], { at: number; line: string }>(
    'SELECT at, line FROM run_log WHERE run_id = ? ORDER BY id',
  );
  const queue = (): readonly RunId[] => waiting.all().map(({ id }) => runId(id));

  return {
    overviews: (project) => ofProject.all(project).map((row) => fromRow(row, now())),
    overview: (id) => {
      const row = one.get(id);
      if (row === undefined) throw unknown(id);
      return fromRow(row, now());
    },
    queue,
    arrangeQueue: (order) =>
      db.transaction(() => {
        const named = new Set<RunId>(order);
        const all = [...order, ...queue().filter((id) => !named.has(id))];
        for (const [at, id] of all.entries()) place.run(at, id);
      }),
    appendLog: (id, told) =>
      db.transaction(() => {
        const first = (lastLine.get(id)?.id ?? 0) + 1;
        const at = now();
        return told.map((line, offset) => {
          insertLine.run(id, first + offset, at, line);
          return { at, line };
        });
      }),
    log: (id) => lines.all(id),
  };
}
