/**
 * What is asked while somebody looks at a library goes through an index and sorts nothing, so that it takes as long
 * with 100,000 photos as with 100. The SQL is what the repositories themselves prepare.
 */
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { PhotoFilter, PhotoState } from '#app/domain/photo.ts';
import { classId, photoId, projectId, runId } from '#app/domain/id-of.ts';
import type { Connection } from './connection.ts';
import { labelRepository } from './labels.ts';
import { openDatabase } from './open.ts';
import { photoRepository } from './photos.ts';
import { projectRepository } from './projects.ts';
import { runRepository } from './runs.ts';
import { countingClock, temporaryFolder } from './testing/temporary-store.ts';
import { hash } from './testing/samples.ts';

const project = projectId(1);

/** A database with one project, and the SQL of every statement that is prepared on it. */
function listened(): { db: Connection; prepared: string[] } {
  const db = openDatabase(join(temporaryFolder(), 'library.sqlite'));
  onTestFinished(() => db.close());
  projectRepository(db, countingClock()).create('plots');
  const prepared: string[] = [];
  const prepare = db.prepare.bind(db);
  vi.spyOn(db, 'prepare').mockImplementation((sql: string) => {
    prepared.push(sql);
    return prepare(sql);
  });
  return { db, prepared };
}

function planOf(db: Connection, sql: string): string[] {
  const unknowns = Array<null>(sql.split('?').length - 1).fill(null);
  return db
    .prepare<null[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...unknowns)
    .map((step) => step.detail);
}

const anyClass = classId(1);
const filters: readonly (readonly [string, PhotoFilter, RegExp])[] = [
  ['all photos', {}, /path>/],
  ['photos without a label', { classId: null }, /photos_by_class \(project_id=\? AND class_id=\? AND path>/],
  ['photos of a class', { classId: anyClass }, /photos_by_class \(project_id=\? AND class_id=\? AND path>/],
  ['labelled photos', { labelled: true }, /path>/],
  ...(['missing', 'undecodable'] as const).flatMap((state: PhotoState): [string, PhotoFilter, RegExp][] => [
    [`${state} photos`, { state }, /photos_by_state \(project_id=\? AND state=\? AND path>/],
    [
      `${state} photos of a class`,
      { state, classId: anyClass },
      /photos_by_state \(project_id=\? AND state=\? AND path>/,
    ],
  ]),
  ['decodable photos', { state: 'ok' }, /path>/],
  ['decodable photos without a label', { state: 'ok', labelled: false }, /photos_by_class \(.* AND path>/],
  ['decodable photos of a class', { state: 'ok', classId: anyClass }, /photos_by_class \(.* AND path>/],
];

it.each(filters)('gives a page of %s straight from an index', (_what, filter, index) => {
  const { db, prepared } = listened();
  photoRepository(db, countingClock()).page(project, filter, '/photos', 200);
  const plan = planOf(db, prepared.at(-1) ?? '');
  expect(plan).toHaveLength(1);
  expect(plan[0]).toMatch(/^SEARCH photos USING INDEX/);
  expect(plan[0]).toMatch(index);
});

it.each(filters)('counts %s through an index', (_what, filter) => {
  const { db, prepared } = listened();
  photoRepository(db, countingClock()).count(project, filter);
  const plan = planOf(db, prepared.at(-1) ?? '');
  expect(plan).toHaveLength(1);
  expect(plan[0]).toMatch(/^SEARCH photos USING (COVERING )?INDEX/);
});

it('finds photos by their bytes through the index by content', () => {
  const { db, prepared } = listened();
  photoRepository(db, countingClock()).withHash(project, hash(1));
  const plan = planOf(db, prepared.find((sql) => sql.includes('content_hash = ? ORDER BY')) ?? '');
  expect(plan).toEqual(['SEARCH photos USING INDEX photos_by_content (project_id=? AND content_hash=?)']);
});

it('prepares no statement that walks through a whole table or sorts', () => {
  const { db, prepared } = listened();
  const photos = photoRepository(db, countingClock());
  const labels = labelRepository(db, countingClock());
  const runs = runRepository(db, countingClock());
  labels.history(photoId(1));
  runs.metrics(runId(1));
  photos.stamps(project, '/photos');
  const statements = [...new Set(prepared)].filter((sql) => !sql.startsWith('INSERT'));
  expect(statements.length).toBeGreaterThan(30);
  // That index holds the waiting runs and no other.
  const slow = statements.filter((sql) =>
    planOf(db, sql).some((step) => /^SCAN(?! runs USING (COVERING )?INDEX runs_in_queue)|TEMP B-TREE/.test(step)),
  );
  expect(slow).toEqual([]);
});
