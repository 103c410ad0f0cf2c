/** What the step to the sixth form of the database keeps: a history that began here goes on being named as it was. */
import { expect, it } from 'vitest';
import { databaseAt } from '#main/db/testing/migration-harness.ts';

it('leaves projects, photos and classes under their own numbers', () => {
  const old = databaseAt(5);
  old.db.exec(`
    INSERT INTO projects (name, label_revision, created_at) VALUES ('plots', 1, 1);
    INSERT INTO classes (project_id, name, position, color) VALUES (1, 'oak', 0, '#aa7700');
    INSERT INTO photos (project_id, path, name, class_id, content_hash, bytes, modified_at, state, width, height, orientation,
        format, bits, perceptual_hash, pixel_hash, added_at)
      VALUES (1, '/a.jpg', 'a.jpg', 1, '${'a'.repeat(64)}', 10, 1.5, 'ok', 4, 3, 1, 'jpeg', 8, '0123456789abcdef', '${'b'.repeat(64)}', 3);
    INSERT INTO label_events VALUES (1, 1, 1, NULL, 1, 1, 'ada', 'manual', 5);
    INSERT INTO label_seals VALUES (1, 1, zeroblob(32));
  `);
  const { db } = old.migrateTo(6);
  const row = db.prepare<[], Record<string, number | null>>(
    `SELECT o.history_number AS project, o.photo_shift, o.class_shift, p.history_number AS photo, c.history_number AS class
     FROM projects o JOIN photos p ON p.project_id = o.id JOIN classes c ON c.id = p.class_id`,
  );
  expect(row.get()).toEqual({ project: null, photo_shift: 0, class_shift: 0, photo: null, class: null });
  expect(db.prepare<[], { n: number }>('SELECT count(*) AS n FROM label_seals').get()?.n).toBe(1);
  expect(db.pragma('integrity_check')).toBe('ok');
});
