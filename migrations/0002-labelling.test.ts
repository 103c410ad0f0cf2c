/** What becomes of a labelled library when marks, retired classes and edits come. */
import { expect, it } from 'vitest';
import { databaseAt } from '#main/db/testing/migration-harness.ts';

const sha = (letter: string): string => letter.repeat(64);
const decoded = `'ok', 4, 3, 1, 'jpeg', 8, '0123456789abcdef', '${sha('b')}'`;

/** Two classes of one project, one of another, three photos, their label events. */
const rows = `
  INSERT INTO projects (name, created_at, label_revision) VALUES ('plots', 1, 2), ('other', 2, 0);
  INSERT INTO classes (project_id, name, position, color, key)
    VALUES (1, 'oak', 0, '#aa7700', '1'), (1, 'elm', 1, '#00AA77', NULL), (2, 'oak', 0, '#aa7700', '1');
  INSERT INTO photos (project_id, path, content_hash, bytes, modified_at, state, width, height, orientation, format,
      bits, perceptual_hash, pixel_hash, class_id, added_at)
    VALUES (1, '/a b/c.jpg', '${sha('a')}', 10, 1.5, ${decoded}, 2, 3),
           (1, 'C:\\pics\\d.png', '${sha('c')}', 10, 1.5, ${decoded}, NULL, 3),
           (1, 'bare.jpg', '${sha('d')}', 10, 1.5, ${decoded}, NULL, 3);
  INSERT INTO label_events VALUES (1, 1, 1, NULL, 1, 1, 'ada', 'folder', 4), (1, 2, 1, 1, 2, 2, 'ada', 'manual', 5);
`;

function migrated(): ReturnType<typeof databaseAt> {
  const database = databaseAt(1);
  database.db.exec(rows);
  return database.migrateTo(2);
}

it('keeps classes, labels and their history under the same numbers', () => {
  const { db } = migrated();
  expect(db.prepare('SELECT id, project_id, name, position, color, key, retired_at FROM classes').all()).toEqual([
    { id: 1, project_id: 1, name: 'oak', position: 0, color: '#aa7700', key: '1', retired_at: null },
    { id: 2, project_id: 1, name: 'elm', position: 1, color: '#00AA77', key: null, retired_at: null },
    { id: 3, project_id: 2, name: 'oak', position: 0, color: '#aa7700', key: '1', retired_at: null },
  ]);
  expect(db.prepare('SELECT class_id, flagged, excluded, name FROM photos').all()).toEqual([
    { class_id: 2, flagged: 0, excluded: 0, name: 'c.jpg' },
    { class_id: null, flagged: 0, excluded: 0, name: 'd.png' },
    { class_id: null, flagged: 0, excluded: 0, name: 'bare.jpg' },
  ]);
  expect(db.prepare('SELECT revision, from_class, to_class FROM label_events').all()).toEqual([
    { revision: 1, from_class: null, to_class: 1 },
    { revision: 2, from_class: 1, to_class: 2 },
  ]);
  expect(db.pragma('integrity_check')).toBe('ok');
});

it('still binds labels and their history to the classes', () => {
  const { db } = migrated();
  expect(db.pragma('foreign_keys')).toBe(1);
  expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
  expect(() => db.exec('DELETE FROM classes WHERE id = 2')).toThrow('FOREIGN KEY');
  expect(() => db.exec('DELETE FROM classes WHERE id = 1')).toThrow('FOREIGN KEY');
  expect(() => db.exec('UPDATE photos SET class_id = 3')).toThrow('FOREIGN KEY');
  expect(() => db.exec(`UPDATE label_events SET actor = 'eve'`)).toThrow('never changed');
});

it('never gives the number of a class to another one', () => {
  const { db } = migrated();
  db.exec(`DELETE FROM classes WHERE id = 3`);
  db.exec(`INSERT INTO classes (project_id, name, position, color) VALUES (2, 'ash', 0, '#000000')`);
  expect(db.prepare(`SELECT id FROM classes WHERE name = 'ash'`).all()).toEqual([{ id: 4 }]);
});

it.each([
  ['name', `INSERT INTO classes (project_id, name, position, color) VALUES (1, 'oak', 7, '#000000')`],
  ['place', `INSERT INTO classes (project_id, name, position, color) VALUES (1, 'ash', 0, '#000000')`],
  ['key', `INSERT INTO classes (project_id, name, position, color, key) VALUES (1, 'ash', 7, '#000000', '1')`],
])('lets a class take the %s of a retired one only', (_what, sql) => {
  const { db } = migrated();
  expect(() => db.exec(sql)).toThrow('UNIQUE');
  db.exec('UPDATE classes SET retired_at = 9 WHERE id = 1');
  db.exec(sql);
  expect(() => db.exec('UPDATE classes SET retired_at = NULL WHERE id = 1')).toThrow('UNIQUE');
});

it.each([
  ['a mark that is neither on nor off', 'UPDATE photos SET flagged = 2'],
  ['changes that are no JSON', `INSERT INTO edits VALUES (1, 1, 1, 'ada', 'Label', '{', 'done')`],
  ['an edit that is neither done nor undone', `INSERT INTO edits VALUES (1, 1, 1, 'ada', 'Label', '[]', 'half')`],
])('does not take %s', (_what, sql) => {
  expect(() => migrated().db.exec(sql)).toThrow('CHECK');
});

it('answers a filter from one index, in the order of the paths', () => {
  const { db } = migrated();
  const plan = db
    .prepare<[], { detail: string }>(
      `EXPLAIN QUERY PLAN SELECT id FROM photos INDEXED BY photos_to_browse
       WHERE project_id = 1 AND flagged = 1 AND name LIKE '%c%' AND class_id IS NULL ORDER BY path`,
    )
    .all();
  expect(plan.map(({ detail }) => detail)).toEqual([
    'SEARCH photos USING COVERING INDEX photos_to_browse (project_id=?)',
  ]);
});
