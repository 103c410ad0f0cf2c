/** What the first form of the database promises by itself, whoever writes to it. */
import { expect, it } from 'vitest';
import { databaseAt } from '#main/db/testing/migration-harness.ts';

const sha = (letter: string): string => letter.repeat(64);

/** A project with two classes and one labelled photo, written by hand as this version stores it. */
const rows = `
  INSERT INTO projects (name, created_at, label_revision) VALUES ('plots', 1, 1), ('other', 2, 0);
  INSERT INTO classes (project_id, name, position, color, key)
    VALUES (1, 'oak', 0, '#aa7700', '1'), (1, 'elm', 1, '#00AA77', NULL), (2, 'oak', 0, '#aa7700', '1');
  INSERT INTO photos (project_id, path, content_hash, bytes, modified_at, state, width, height, orientation, format,
      bits, perceptual_hash, pixel_hash, class_id, added_at)
    VALUES (1, '/a.jpg', '${sha('a')}', 10, 1.5, 'ok', 4, 3, 1, 'jpeg', 8, '0123456789abcdef', '${sha('b')}', 1, 3);
  INSERT INTO label_events VALUES (1, 1, 1, NULL, 1, 1, 'ada', 'folder', 4);
  INSERT INTO splits (project_id, number, name, label_revision, digest, train_photos, validation_photos, test_photos,
      created_at) VALUES (1, 1, 'split 1', 1, 'd', 1, 0, 0, 5);
  INSERT INTO split_members VALUES (1, 1, 'train', 0);
  INSERT INTO backbones VALUES ('${sha('c')}', 'vit', '{}', '[]', '[]', 1, 'float16', 1, NULL, 'b', '', 'embedded', 6);
  INSERT INTO runs (project_id, number, name, note, method, recipe, plan, preprocessing, seed, classes, label_revision,
      split_id, split_digest, backbone, app_version, runtime_version, state, created_at)
    VALUES (1, 1, 'run 1', '', '{}', '{}', '{}', '{}', 0, '[]', 1, 1, 'd', '${sha('c')}', '0', '1', 'queued', 7);
  INSERT INTO run_samples VALUES (1, 0, 1, zeroblob(32), 10, 0, 'train');
  INSERT INTO packs (name, path, sha256, bytes, state, backbone, backbone_name, run_id, class_names, method, created_at)
    VALUES ('p', 'p', '${sha('e')}', 1, 'verified', '${sha('c')}', 'vit', 1, '[]', '{}', 8);
`;

function filled(): ReturnType<typeof databaseAt> {
  const database = databaseAt(1);
  database.db.exec(rows);
  return database;
}

it('starts from nothing and takes rows', () => {
  const { db } = databaseAt(0).migrateTo(1);
  db.exec(rows);
  expect(db.pragma('integrity_check')).toBe('ok');
  expect(db.prepare<[], { n: number }>('SELECT count(*) AS n FROM photos').get()).toEqual({ n: 1 });
});

it('has only STRICT tables', () => {
  const { db } = databaseAt(1);
  const tables = db
    .prepare<[], { name: string; strict: number }>(
      `SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'`,
    )
    .all();
  expect(tables.length).toBeGreaterThan(12);
  expect(tables.filter((table) => table.strict !== 1)).toEqual([]);
});

it.each([
  ['a label of another project', 'UPDATE photos SET class_id = 3', 'FOREIGN KEY'],
  ['a class that does not exist', 'UPDATE photos SET class_id = 9', 'FOREIGN KEY'],
  ['text for a number', `UPDATE photos SET bytes = 'many'`, 'cannot store TEXT'],
  ['an unknown state', `UPDATE photos SET state = 'gone'`, 'CHECK'],
  ['a decodable photo without its facts', 'UPDATE photos SET pixel_hash = NULL', 'CHECK'],
  ['a reason beside facts', `UPDATE photos SET reason = 'broken'`, 'CHECK'],
  ['an undecodable photo without a reason', `UPDATE photos SET state = 'undecodable'`, 'CHECK'],
  ['an upright photo turned nine times', 'UPDATE photos SET orientation = 9', 'CHECK'],
  ['two classes of one name', `UPDATE classes SET name = 'oak' WHERE id = 2`, 'UNIQUE'],
  ['two classes with one key', `UPDATE classes SET key = '1' WHERE id = 2`, 'UNIQUE'],
  ['a colour that is none', `UPDATE classes SET color = 'red' WHERE id = 2`, 'CHECK'],
  ['a changed label event', `UPDATE label_events SET actor = 'eve'`, 'never changed'],
  ['a deleted label event', 'DELETE FROM label_events', 'never deleted'],
  ['an event that changes nothing', `INSERT INTO label_events VALUES (1, 2, 1, 1, 1, 2, 'ada', 'manual', 9)`, 'CHECK'],
  ['two events of one revision', `INSERT INTO label_events VALUES (1, 1, 1, 1, 2, 1, 'ada', 'manual', 9)`, 'UNIQUE'],
  ['an event of unknown source', `INSERT INTO label_events VALUES (1, 2, 1, 1, 2, 2, 'ada', 'rumour', 9)`, 'CHECK'],
  ['a deleted photo with history', 'DELETE FROM photos', 'FOREIGN KEY'],
  ['a deleted class with photos', 'DELETE FROM classes WHERE id = 1', 'FOREIGN KEY'],
  ['a deleted backbone with runs', 'DELETE FROM backbones', 'FOREIGN KEY'],
  ['half of how a split was drawn', 'UPDATE splits SET seed = 1', 'CHECK'],
  ['a finished run without result', `UPDATE runs SET state = 'finished'`, 'CHECK'],
  ['a failed run without reason', `UPDATE runs SET state = 'failed'`, 'CHECK'],
  ['a process of a run that does not run', 'UPDATE runs SET engine_pid = 5', 'CHECK'],
  ['a configuration that is no JSON', `UPDATE runs SET recipe = '{'`, 'CHECK'],
  ['a short hash', 'UPDATE run_samples SET content_hash = zeroblob(31)', 'CHECK'],
  [
    'the same pack of the same run',
    'INSERT INTO packs SELECT 9, name, path, sha256, bytes, state, backbone, backbone_name, run_id, class_names, method, 9 FROM packs',
    'UNIQUE',
  ],
])('does not take %s', (_what, sql, complaint) => {
  const { db } = filled();
  expect(() => db.exec(sql)).toThrow(complaint);
  expect(db.pragma('integrity_check')).toBe('ok');
});

it('takes what belongs to a run away with it, and keeps its pack', () => {
  const { db } = filled();
  db.exec('DELETE FROM runs');
  expect(db.prepare<[], { n: number }>('SELECT count(*) AS n FROM run_samples').get()).toEqual({ n: 0 });
  expect(db.prepare<[], { run_id: null }>('SELECT run_id FROM packs').all()).toEqual([{ run_id: null }]);
});

it('never gives the number of a deleted run to another', () => {
  const { db } = filled();
  db.exec(`
    CREATE TEMP TABLE kept AS SELECT * FROM runs;
    DELETE FROM runs;
    UPDATE kept SET id = NULL;
    INSERT INTO runs SELECT * FROM kept;
  `);
  expect(db.prepare<[], { id: number }>('SELECT id FROM runs').all()).toEqual([{ id: 2 }]);
});
