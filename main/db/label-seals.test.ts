import { describe, expect, it, onTestFinished } from 'vitest';
import type { Connection } from './connection.ts';
import { openDatabase } from './open.ts';
import { openStore } from './store.ts';
import { countingClock, temporaryStore } from './testing/temporary-store.ts';
import { labelledProject } from './testing/samples.ts';
import type { LabelledProject } from './testing/samples.ts';

const ada = { actor: 'ada', source: 'manual' } as const;

/** A project with three acts: eight labels at once, then one, then one. */
function threeActs(): LabelledProject & { readonly path: string } {
  const { store, path } = temporaryStore();
  const scene = labelledProject(store);
  const { project, photos, classes } = scene;
  store.labels.set(project, [{ photoId: photos[0]!, classId: classes[1].id }], ada);
  store.labels.set(project, [{ photoId: photos[0]!, classId: null }], ada);
  store.close();
  return { ...scene, path };
}

/** Changes the database behind the program's back, and checks. */
function checkedAfter(change: string): ReturnType<ReturnType<typeof openStore>['labels']['check']> {
  const { path, project } = threeActs();
  const db = openDatabase(path);
  db.exec(change);
  db.close();
  const store = openStore(path, { now: countingClock() });
  onTestFinished(() => store.close());
  return store.labels.check(project);
}

it('finds a history as it was made, act by act', () => {
  const check = checkedAfter('SELECT 1');
  expect(check).toMatchObject({ events: 10, sealed: 10, problems: [] });
  expect(check.digest).toMatch(/^[0-9a-f]{64}$/);
});

const unlocked = 'DROP TRIGGER label_events_stay; DROP TRIGGER label_events_last; DROP TRIGGER label_seals_last;';

it.for([
  ['who', `UPDATE label_events SET actor = 'eve' WHERE revision = 3`],
  ['when', `UPDATE label_events SET at = at + 1 WHERE revision = 3`],
  ['from what', `UPDATE label_events SET from_class = 2 WHERE revision = 3 AND to_class = 1`],
  ['how', `UPDATE label_events SET source = 'model' WHERE revision = 3`],
  ['which photo', `UPDATE label_events SET photo_id = 1 WHERE revision = 3`],
])('tells an act whose events were changed: %s', ([, change]) => {
  expect(checkedAfter(`${unlocked} ${change}`).problems).toContainEqual({ kind: 'changed', from: 1, to: 8 });
});

it('tells the one act that was changed and not the ones behind it', () => {
  const { problems } = checkedAfter(`${unlocked} UPDATE label_events SET actor = 'eve' WHERE revision = 9`);
  expect(problems).toEqual([{ kind: 'changed', from: 9, to: 9 }]);
});

it('tells events that are gone, in the middle and at the end', () => {
  expect(checkedAfter(`${unlocked} DELETE FROM label_events WHERE revision = 4`).problems).toContainEqual({
    kind: 'missing',
    from: 1,
    to: 10,
  });
  expect(checkedAfter(`${unlocked} DELETE FROM label_events WHERE revision = 10`).problems).toContainEqual({
    kind: 'missing',
    from: 10,
    to: 10,
  });
});

/** What somebody adds behind the program's back: photo 1 has no label after the three acts, and gets the second class. */
const forged = (revision: number): string => `INSERT INTO label_events
    (project_id, revision, photo_id, from_class, to_class, batch, actor, source, at)
    VALUES (1, ${revision}, 1, NULL, 2, ${revision}, 'ada', 'manual', 5000);
  UPDATE photos SET class_id = 2 WHERE id = 1;`;

describe('an event that was added behind the back of the program', () => {
  const ways = [
    ['alone', forged(11)],
    ['with the number that the project counts', `${forged(11)} UPDATE projects SET label_revision = 11;`],
  ] as const;

  it.for(ways)('is told: %s', ([, change]) => {
    expect(checkedAfter(change)).toMatchObject({ sealed: 10, problems: [{ kind: 'added', from: 11, to: 11 }] });
  });

  it.for(ways)('is not sealed by the next act, which is refused in words: %s', ([, change]) => {
    const { path, project, photos } = threeActs();
    const db = openDatabase(path);
    db.exec(change);
    db.close();
    const store = openStore(path, { now: countingClock() });
    onTestFinished(() => store.close());
    const before = store.photos.getMany(photos);
    expect(() => store.labels.set(project, [{ photoId: photos[1]!, classId: null }], ada)).toThrow(
      expect.objectContaining({
        code: 'labels.history-changed',
        kind: 'expected',
        message: expect.stringMatching(
          /^The label history of "plots" does not end .* \(1 event: event 11\).*No label was changed now.*labels verify.*backup restore/,
        ) as string,
        data: { project: 'plots', from: 11, to: 11 },
      }),
    );
    expect(store.labels.check(project)).toMatchObject({ events: 11, sealed: 10 });
    expect(store.photos.getMany(photos)).toEqual(before);
  });

  it('is told where nothing is sealed yet and the project does not count it', () => {
    const change = `${unlocked} DELETE FROM label_seals; ${forged(11)}`;
    expect(checkedAfter(change)).toMatchObject({ sealed: 0, problems: [{ kind: 'added', from: 11, to: 11 }] });
  });

  it('is told where the number that the project counts was set back, and nothing is written behind it', () => {
    const { path, project, photos, classes } = threeActs();
    const db = openDatabase(path);
    db.exec('UPDATE projects SET label_revision = 9');
    db.close();
    const store = openStore(path, { now: countingClock() });
    onTestFinished(() => store.close());
    expect(store.labels.check(project).problems).toEqual([{ kind: 'added', from: 10, to: 10 }]);
    expect(() => store.labels.set(project, [{ photoId: photos[1]!, classId: classes[0].id }], ada)).toThrow(
      expect.objectContaining({ code: 'labels.history-changed' }),
    );
  });
});

it('tells a label that was set past the history', () => {
  expect(checkedAfter('UPDATE photos SET class_id = 1 WHERE id = 2').problems).toEqual([
    { kind: 'label', path: '/photos/000002.jpg', revision: 2 },
  ]);
});

it('gives another seal to a history that was cut and sealed anew', () => {
  const cut = `${unlocked} DELETE FROM label_events WHERE revision = 10; DELETE FROM label_seals WHERE revision = 10;
    UPDATE projects SET label_revision = 9; UPDATE photos SET class_id = 2 WHERE id = 1`;
  const check = checkedAfter(cut);
  expect(check.problems).toEqual([]);
  expect(check.digest).not.toBe(checkedAfter('SELECT 1').digest);
});

it('knows a seal that was written down before later acts, and not that of a history that was cut', () => {
  const { path, project, photos, classes } = threeActs();
  const store = openStore(path, { now: countingClock() });
  onTestFinished(() => store.close());
  const digest = store.labels.check(project).digest ?? expect.fail('nothing is sealed');
  store.labels.set(project, [{ photoId: photos[0]!, classId: classes[0].id }], ada);
  expect(store.labels.check(project).digest).not.toBe(digest);
  expect(store.labels.hasSeal(project, digest)).toBe(true);
  const db = openDatabase(path);
  db.exec(`${unlocked} DELETE FROM label_seals WHERE revision = 10`);
  db.close();
  expect(store.labels.hasSeal(project, digest)).toBe(false);
});

it('seals a history that is older than seals with the next act', () => {
  const { path, project, photos, classes } = threeActs();
  const db: Connection = openDatabase(path);
  db.exec(`${unlocked} DELETE FROM label_seals`);
  db.close();
  const store = openStore(path, { now: countingClock() });
  onTestFinished(() => store.close());
  expect(store.labels.check(project)).toEqual({ events: 10, sealed: 0, digest: null, problems: [] });
  store.labels.set(project, [{ photoId: photos[0]!, classId: classes[0].id }], ada);
  expect(store.labels.check(project)).toMatchObject({ events: 11, sealed: 11, problems: [] });
});

it('keeps seals from being changed or deleted', () => {
  const { path } = threeActs();
  const db = openDatabase(path);
  onTestFinished(() => db.close());
  expect(() => db.exec('UPDATE label_seals SET digest = zeroblob(32)')).toThrow('never changed');
  expect(() => db.exec('DELETE FROM label_seals')).toThrow('never deleted');
});
