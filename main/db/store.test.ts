import { expect, it } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import type { Store } from '#app/ports/repositories.ts';
import { openStore } from './store.ts';
import { countingClock, temporaryStore } from './testing/temporary-store.ts';
import { labelledProject, newPhoto } from './testing/samples.ts';

function names(store: Store): string[] {
  return store.projects.list().map((project) => project.name);
}

it('keeps what was committed when it is closed and opened again', () => {
  const { store, path } = temporaryStore();
  const { project, photos } = labelledProject(store);
  const before = store.photos.list(project);
  store.close();
  const again = openStore(path, { now: countingClock() });
  expect(again.photos.list(project)).toEqual(before);
  expect(again.labels.revision(project)).toBe(photos.length);
  again.close();
});

it('undoes all of a transaction when its last step throws', () => {
  const { store } = temporaryStore();
  const { project, photos, classes } = labelledProject(store);
  const before = store.photos.list(project);
  const labels = store.labels.events(project, 0, 1000);
  expect(() =>
    store.transaction(() => {
      store.projects.create('another');
      store.photos.markMissing(photos);
      store.photos.add(project, [newPhoto(500)]);
      store.labels.set(
        project,
        photos.map((photoId) => ({ photoId, classId: classes[0].id })),
        { actor: 'ada', source: 'manual' },
      );
      throw new Error('the folder vanished');
    }),
  ).toThrow('the folder vanished');
  expect(store.photos.list(project)).toEqual(before);
  expect(store.labels.events(project, 0, 1000)).toEqual(labels);
  expect(store.labels.revision(project)).toBe(labels.length);
  expect(names(store)).toEqual(['plots']);
});

it('undoes only the inner of two transactions when the outer one goes on', () => {
  const { store } = temporaryStore();
  store.transaction(() => {
    store.projects.create('outer');
    expect(() =>
      store.transaction(() => {
        store.projects.create('inner');
        throw new Error('no');
      }),
    ).toThrow('no');
  });
  expect(names(store)).toEqual(['outer']);
});

it('refuses a transaction that would go on after its function has returned', () => {
  const { store } = temporaryStore();
  expect(() =>
    store.transaction(async () => {
      store.projects.create('later');
    }),
  ).toThrow('cannot return a promise');
  expect(names(store)).toEqual([]);
});

it('reads what another process committed, and writes nothing, when opened read-only', () => {
  const { store, path } = temporaryStore();
  store.projects.create('one');
  const reader = openStore(path, { now: countingClock(), readOnly: true });
  expect(names(reader)).toEqual(['one']);
  store.projects.create('two');
  expect(names(reader)).toEqual(['one', 'two']);
  const writing = (): unknown => reader.projects.create('three');
  expect(writing).toThrow(AppError);
  expect(writing).toThrow(expect.objectContaining({ code: 'store.read-only', kind: 'expected' }));
  expect(names(reader)).toEqual(['one', 'two']);
  reader.close();
});

it('shows a reader one moment of the store for as long as its transaction lasts', () => {
  const { store, path } = temporaryStore();
  const reader = openStore(path, { now: countingClock(), readOnly: true });
  reader.transaction(() => {
    expect(names(reader)).toEqual([]);
    store.projects.create('meanwhile');
    expect(names(reader)).toEqual([]);
  });
  expect(names(reader)).toEqual(['meanwhile']);
  reader.close();
});

it('says that another process is writing when it does not get its turn in time', () => {
  const { store, path } = temporaryStore();
  const second = openStore(path, { now: countingClock(), busyTimeout: 20 });
  store.transaction(() => {
    store.projects.create('first');
    expect(() => second.projects.create('second')).toThrow(expect.objectContaining({ code: 'store.busy' }));
  });
  second.projects.create('second');
  expect(names(store)).toEqual(['first', 'second']);
  second.close();
});
