/** What the step to the third form of the database keeps, and what the new tables promise by themselves. */
import { expect, it } from 'vitest';
import { databaseAt } from '#main/db/testing/migration-harness.ts';

const sha = (letter: string): string => letter.repeat(64);

/** A project with a photo, two runs that repeat each other, and the pack of each, as the version before stores them. */
const rows = `
  INSERT INTO projects (name, created_at) VALUES ('plots', 1);
  INSERT INTO photos (project_id, path, name, content_hash, bytes, modified_at, state, width, height, orientation, format,
      bits, perceptual_hash, pixel_hash, added_at)
    VALUES (1, '/a.jpg', 'a.jpg', '${sha('a')}', 10, 1.5, 'ok', 4, 3, 1, 'jpeg', 8, '0123456789abcdef', '${sha('b')}', 3);
  INSERT INTO splits (project_id, number, name, label_revision, digest, train_photos, validation_photos, test_photos,
      created_at) VALUES (1, 1, 'split 1', 1, 'd', 1, 0, 0, 5);
  INSERT INTO backbones VALUES ('${sha('c')}', 'vit', '{}', '[]', '[]', 1, 'float16', 1, NULL, 'b', '', 'embedded', 6);
  INSERT INTO runs (project_id, number, name, note, method, recipe, plan, preprocessing, seed, classes, label_revision,
      split_id, split_digest, backbone, app_version, runtime_version, state, created_at)
    VALUES (1, 1, 'run 1', '', '{}', '{}', '{}', '{}', 0, '[]', 1, 1, 'd', '${sha('c')}', '0', '1', 'queued', 7),
           (1, 2, 'run 2', '', '{}', '{}', '{}', '{}', 0, '[]', 1, 1, 'd', '${sha('c')}', '0', '1', 'queued', 8);
  INSERT INTO run_samples VALUES (1, 0, 1, zeroblob(32), 10, 0, 'train');
  UPDATE runs SET started_at = 10, ended_at = 35, state = 'stopped' WHERE id = 1;
  INSERT INTO packs (name, path, sha256, bytes, state, backbone, backbone_name, run_id, class_names, method, created_at)
    VALUES ('p', 'p1', '${sha('e')}', 1, 'verified', '${sha('c')}', 'vit', 1, '[]', '{}', 8),
           ('p', 'p2', '${sha('e')}', 1, 'verified', '${sha('c')}', 'vit', 2, '[]', '{}', 8);
`;

const prediction = `INSERT INTO pack_predictions VALUES (1, 1, 1, 0, 0.5, zeroblob(8), '${sha('a')}', 9)`;

function migrated(): ReturnType<typeof databaseAt>['db'] {
  const old = databaseAt(2);
  old.db.exec(rows);
  return old.migrateTo(3).db;
}

const count = (db: ReturnType<typeof migrated>, table: string): number | undefined =>
  db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n;

it('keeps runs and packs, and gives runs neither pin nor tags', () => {
  const db = migrated();
  expect(db.prepare<[], object>('SELECT id, name, pinned, tags, queue_place FROM runs').all()).toEqual([
    { id: 1, name: 'run 1', pinned: 0, tags: '[]', queue_place: null },
    { id: 2, name: 'run 2', pinned: 0, tags: '[]', queue_place: null },
  ]);
  expect(count(db, 'packs')).toBe(2);
  expect(db.pragma('integrity_check')).toBe('ok');
});

it('counts the photos and the time of the runs that are there', () => {
  const columns = 'train_photos AS train, validation_photos AS validation, test_photos AS test, worked_ms AS worked';
  expect(migrated().prepare<[], object>(`SELECT ${columns} FROM runs`).all()).toEqual([
    { train: 1, validation: 0, test: 0, worked: 25 },
    { train: 0, validation: 0, test: 0, worked: 0 },
  ]);
});

it('keeps the packs of runs that are removed, also where they are equal', () => {
  const db = migrated();
  db.exec(`INSERT INTO run_log VALUES (1, 1, 9, 'started')`);
  db.exec('DELETE FROM runs');
  expect(db.prepare<[], object>('SELECT run_id FROM packs').all()).toEqual([{ run_id: null }, { run_id: null }]);
  expect(count(db, 'run_log')).toBe(0);
});

it('takes what a pack said away with it', () => {
  const db = migrated();
  db.exec(`${prediction}; INSERT INTO pack_applications VALUES (1, 1, 9, 1), (1, 2, 9, 1)`);
  db.exec('DELETE FROM packs WHERE id = 1');
  expect([count(db, 'pack_predictions'), count(db, 'pack_applications')]).toEqual([0, 1]);
});

it.each([
  ['the same pack of the same run', 'UPDATE packs SET run_id = 1', 'UNIQUE'],
  ['tags that are no JSON', `UPDATE runs SET tags = '['`, 'CHECK'],
  ['a setting that is no JSON', `INSERT INTO settings VALUES ('theme', 'dark')`, 'CHECK'],
  ['two lines of one number', `INSERT INTO run_log VALUES (1, 1, 9, 'a'), (1, 1, 9, 'b')`, 'UNIQUE'],
  ['a pack that says two things of one photo', `${prediction}; ${prediction}`, 'UNIQUE'],
  ['a probability above one', prediction.replace('0.5', '1.5'), 'CHECK'],
  ['half a number', prediction.replace('zeroblob(8)', 'zeroblob(6)'), 'CHECK'],
  ['what an unknown pack says', prediction.replace('(1, 1, 1', '(1, 7, 1'), 'FOREIGN KEY'],
])('does not take %s', (_what, sql, complaint) => {
  expect(() => migrated().exec(sql)).toThrow(complaint);
});

it('sorts what a pack says by confidence without reading other packs', () => {
  const plan = migrated()
    .prepare<[], { detail: string }>(
      `EXPLAIN QUERY PLAN SELECT photo_id FROM pack_predictions WHERE project_id = 1 AND pack_id = 1 ORDER BY confidence`,
    )
    .all()
    .map(({ detail }) => detail)
    .join();
  expect(plan).toContain('pack_predictions_by_confidence');
  expect(plan).not.toContain('TEMP B-TREE');
});
