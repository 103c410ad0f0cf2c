/** What the step to the fourth form of the database keeps, and what its column promises by itself. */
import { expect, it } from 'vitest';
import { databaseAt } from '#main/db/testing/migration-harness.ts';

const insert = `INSERT INTO backbones (identity, name, spec, mean, std, parameters, dtype, bytes, path, tensor_prefix, source,
    imported_at) VALUES ('${'c'.repeat(64)}', 'vit', '{}', '[]', '[]', 1, 'float16', 1, 'b', '', 'embedded', 6)`;

it('keeps the backbones that are there, of which no details are known', () => {
  const old = databaseAt(3);
  old.db.exec(insert);
  const { db } = old.migrateTo(4);
  expect(db.prepare<[], object>('SELECT name, source, details FROM backbones').all()).toEqual([
    { name: 'vit', source: 'embedded', details: null },
  ]);
  expect(db.pragma('integrity_check')).toBe('ok');
});

it('takes no details that are no JSON', () => {
  const { db } = databaseAt(4);
  db.exec(insert);
  expect(() => db.exec(`UPDATE backbones SET details = '{'`)).toThrow('CHECK');
  expect(() => db.exec(`UPDATE backbones SET details = '{}'`)).not.toThrow();
});
