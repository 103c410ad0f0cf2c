/** What the step to the fifth form of the database keeps, and what the new table promises by itself. */
import { expect, it } from 'vitest';
import { databaseAt } from '#main/db/testing/migration-harness.ts';

const rows = `
  INSERT INTO projects (name, label_revision, created_at) VALUES ('plots', 1, 1);
  INSERT INTO classes (project_id, name, position, color) VALUES (1, 'oak', 0, '#aa7700');
  INSERT INTO photos (project_id, path, name, class_id, content_hash, bytes, modified_at, state, width, height, orientation,
      format, bits, perceptual_hash, pixel_hash, added_at)
    VALUES (1, '/a.jpg', 'a.jpg', 1, '${'a'.repeat(64)}', 10, 1.5, 'ok', 4, 3, 1, 'jpeg', 8, '0123456789abcdef', '${'b'.repeat(64)}', 3);
  INSERT INTO label_events VALUES (1, 1, 1, NULL, 1, 1, 'ada', 'manual', 5);
`;

it('keeps the history of labels, not sealed yet', () => {
  const old = databaseAt(4);
  old.db.exec(rows);
  const { db } = old.migrateTo(5);
  expect(db.prepare<[], { n: number }>('SELECT count(*) AS n FROM label_events').get()?.n).toBe(1);
  expect(db.prepare<[], { n: number }>('SELECT count(*) AS n FROM label_seals').get()?.n).toBe(0);
  expect(db.pragma('integrity_check')).toBe('ok');
});

it('takes whole digests of real projects only, once a revision', () => {
  const old = databaseAt(4);
  old.db.exec(rows);
  const { db } = old.migrateTo(5);
  const seal = (project: number, bytes: number): void =>
    db.exec(`INSERT INTO label_seals VALUES (${project}, 1, zeroblob(${bytes}))`);
  expect(() => seal(1, 31)).toThrow();
  expect(() => seal(2, 32)).toThrow();
  seal(1, 32);
  expect(() => seal(1, 32)).toThrow();
});
