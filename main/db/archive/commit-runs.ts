/** The part of a taking over that is about runs, packs, and the backbones that they stand on. */
import { NAMED_BY_ARCHIVE } from '#app/domain/stored-backbone.ts';
import {
  backboneSpec,
  channels,
  method,
  names,
  preprocessing,
  recipe,
  runClasses,
  runPlan,
  runResult,
  toJson,
} from '../json.ts';
import type { CommitOptions, CommitTools } from './commit-tools.ts';
import { archiveNames, filePlaces } from './places.ts';
import { contentProblem } from './problem.ts';
import { records } from './records.ts';

/** What runs refer to has to be there; where the weights are not, the name is kept until somebody imports them. */
export function commitBackbones(to: CommitTools, options: CommitOptions): readonly string[] {
  for (const one of options.head.backbones) {
    to.run(
      `INSERT OR IGNORE INTO backbones (identity, name, spec, mean, std, parameters, dtype, bytes, licence, path, tensor_prefix,
           source, imported_at, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, NULL)`,
      one.identity,
      one.name,
      toJson(backboneSpec, one.spec, 'backbones.spec'),
      toJson(channels, one.mean, 'backbones.mean'),
      toJson(channels, one.std, 'backbones.std'),
      one.parameters,
      one.dtype,
      one.bytes,
      one.licence,
      `backbones/${one.identity}.safetensors`,
      NAMED_BY_ARCHIVE,
      options.now,
    );
  }
  const known = to.db.prepare<[string], { source: string }>('SELECT source FROM backbones WHERE identity = ?');
  return options.head.backbones
    .filter(({ identity }) => known.get(identity)?.source === NAMED_BY_ARCHIVE)
    .map(({ identity, name }) => `${name} (${identity.slice(0, 12)})`);
}

export function commitRuns(to: CommitTools, options: CommitOptions): readonly number[] {
  const classes = to.classIds();
  const ids: number[] = [];
  for (const [at, { row }] of to.rows<{ row: string }>('SELECT row FROM staged.runs ORDER BY number').entries()) {
    const id = options.runsBefore + at + 1;
    const run = records.runs.parse(JSON.parse(row));
    const where = `run ${run.number}`;
    const split = to.db
      .prepare<[number], { id: number }>('SELECT id FROM staged.split_of WHERE number = ?')
      .get(run.split)?.id;
    if (split === undefined) throw contentProblem(where, `there is no split ${run.split}`);
    const own = run.classes.map(({ class: number, name }) => {
      const id = classes.get(number);
      if (id === undefined) throw contentProblem(where, `there is no class ${number}`);
      return { id, name };
    });
    to.run(
      `INSERT INTO runs (id, project_id, number, name, note, method, recipe, plan, preprocessing, seed, classes, label_revision,
           split_id, split_digest, backbone, app_version, runtime_version, state, error_code, error_message, result, created_at,
           started_at, ended_at, pinned, tags, worked_ms, train_photos, validation_photos, test_photos)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      to.project,
      run.number,
      run.name,
      run.note,
      toJson(method, run.method, where),
      toJson(recipe, run.recipe, where),
      toJson(runPlan, run.plan, where),
      toJson(preprocessing, run.preprocessing, where),
      run.seed,
      toJson(runClasses, runClasses.parse(own), where),
      run.labelRevision,
      split,
      run.splitDigest,
      run.backbone,
      run.appVersion,
      run.runtimeVersion,
      run.state,
      run.error?.code ?? null,
      run.error?.message ?? null,
      run.result === null ? null : toJson(runResult, { ...run.result, weightsPath: filePlaces.weights(id) }, where),
      run.createdAt,
      run.startedAt,
      run.endedAt,
      run.pinned ? 1 : 0,
      toJson(names, run.tags, where),
      run.workedMs,
      run.train,
      run.validation,
      run.test,
    );
    to.run('INSERT INTO staged.run_of VALUES (?, ?)', run.number, id);
    ids.push(id);
  }
  commitRunRecords(to, options);
  return ids;
}

function commitRunRecords(to: CommitTools, options: CommitOptions): void {
  const run = 'JOIN staged.run_of o ON o.number = s.run';
  const photo = 'JOIN staged.photos p ON p.number = s.photo';
  to.copy(
    'run_samples',
    `INSERT INTO run_samples (run_id, position, photo_id, content_hash, bytes, label, subset)
       SELECT o.id, s.position, p.place + ?, s.content_hash, s.bytes, s.label, s.subset FROM staged.run_samples s ${run} ${photo}`,
    to.photosBefore,
  );
  to.copy(
    'run_metrics',
    `INSERT INTO run_metrics (run_id, epoch, train_loss, learning_rate, validation_loss, validation_accuracy,
         validation_macro_f1, images_per_second, rss_bytes, at)
       SELECT o.id, s.epoch, s.train_loss, s.learning_rate, s.validation_loss, s.validation_accuracy, s.validation_macro_f1,
         s.images_per_second, s.rss_bytes, s.at FROM staged.run_metrics s ${run}`,
  );
  to.copy(
    'run_predictions',
    `INSERT INTO run_predictions (run_id, network, photo_id, subset, label, logits)
       SELECT o.id, s.network, p.place + ?, s.subset, s.label, s.logits FROM staged.run_predictions s ${run} ${photo}`,
    to.photosBefore,
  );
  to.copy(
    'run_log',
    `INSERT INTO run_log (run_id, id, at, line) SELECT o.id, s.id, s.at, s.line FROM staged.run_log s ${run}`,
  );
  for (const { number, id, epoch, step, at } of to.rows<{
    number: number;
    id: number;
    epoch: number;
    step: number;
    at: number;
  }>(
    'SELECT o.number, o.id, s.epoch, s.step, s.at FROM staged.checkpoints s JOIN staged.run_of o ON o.number = s.run',
  )) {
    if (!options.asked.hasFile(archiveNames.checkpoint(number))) continue;
    const stored = filePlaces.checkpoint(id);
    to.run(
      'INSERT INTO checkpoints (run_id, epoch, step, path, at) VALUES (?, ?, ?, ?, ?)',
      id,
      epoch,
      step,
      stored,
      at,
    );
  }
}

/** A pack that is here already, from no run, is that one; all others are tried before they are used. */
export function commitPacks(to: CommitTools): readonly number[] {
  const added: number[] = [];
  const used = new Set<number>();
  for (const { place, row } of to.rows<{ place: number; row: string }>(
    'SELECT place, row FROM staged.packs ORDER BY place',
  )) {
    const pack = records.packs.parse(JSON.parse(row));
    const where = `pack ${place}`;
    const run =
      pack.run === null
        ? null
        : (to.db.prepare<[number], { id: number }>('SELECT id FROM staged.run_of WHERE number = ?').get(pack.run)?.id ??
          null);
    if (pack.run !== null && run === null) throw contentProblem(where, `there is no run ${pack.run}`);
    const known =
      run === null
        ? to.db
            .prepare<[string], { id: number }>('SELECT id FROM packs WHERE sha256 = ? AND run_id IS NULL')
            .get(pack.sha256)
        : undefined;
    // Two packs of the archive that are equal to the byte stay two.
    let id = known === undefined || used.has(known.id) ? undefined : known.id;
    if (id === undefined) {
      const stored = filePlaces.pack(pack.sha256, run);
      id = to.run(
        `INSERT INTO packs (name, path, sha256, bytes, state, backbone, backbone_name, run_id, class_names, method, created_at)
           VALUES (?, ?, ?, ?, 'not-verified', ?, ?, ?, ?, ?, ?)`,
        pack.name,
        stored,
        pack.sha256,
        pack.bytes,
        pack.backbone,
        pack.backboneName,
        run,
        toJson(names, pack.classNames, where),
        toJson(method, pack.method, where),
        pack.createdAt,
      ).id;
      added.push(id);
    }
    used.add(id);
    to.run('UPDATE staged.packs SET id = ? WHERE place = ?', id, place);
  }
  const pack = 'JOIN staged.packs k ON k.place = s.pack';
  to.copy(
    'pack_words',
    `INSERT INTO pack_predictions (project_id, pack_id, photo_id, class_index, confidence, probabilities, content_hash, at)
       SELECT ?, k.id, p.place + ?, s.class_index, s.confidence, s.probabilities, s.content_hash, s.at
       FROM staged.pack_words s ${pack} JOIN staged.photos p ON p.number = s.photo`,
    to.project,
    to.photosBefore,
  );
  to.copy(
    'pack_applications',
    `INSERT INTO pack_applications (project_id, pack_id, at, photos)
       SELECT ?, k.id, s.at, s.photos FROM staged.pack_applications s ${pack}`,
    to.project,
  );
  return added;
}
