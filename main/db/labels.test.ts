import fc from 'fast-check';
import { expect, it } from 'vitest';
import { classId, photoId } from '#app/domain/id-of.ts';
import { temporaryStore } from './testing/temporary-store.ts';
import { labelledProject } from './testing/samples.ts';

const ada = { actor: 'ada', source: 'manual' } as const;

it('keeps an event for every change with who, what, from where and when', () => {
  const { store } = temporaryStore();
  const { project, photos, classes } = labelledProject(store, 2);
  const id = photos[0]!;
  const result = store.labels.set(project, [{ photoId: id, classId: classes[1].id }], {
    actor: 'eve',
    source: 'model',
  });
  expect(result).toEqual({ revision: 3, changed: 1, passedOver: 0 });
  expect(store.labels.history(id)).toEqual([
    expect.objectContaining({ revision: 1, batch: 1, from: null, to: classes[0].id, actor: 'ada', source: 'folder' }),
    {
      projectId: project,
      revision: 3,
      photoId: id,
      from: classes[0].id,
      to: classes[1].id,
      batch: 3,
      actor: 'eve',
      source: 'model',
      at: expect.any(Number) as number,
    },
  ]);
  expect(store.photos.get(id).classId).toBe(classes[1].id);
});

it('makes one batch of what one call changes', () => {
  const { store } = temporaryStore();
  const { project, photos } = labelledProject(store);
  store.labels.set(
    project,
    photos.map((id) => ({ photoId: id, classId: null })),
    ada,
  );
  const batches = store.labels.events(project, 0, 100).map((event) => event.batch);
  expect(batches).toEqual([...photos.map(() => 1), ...photos.map(() => photos.length + 1)]);
});

it('keeps no event where the label is the wanted one already', () => {
  const { store } = temporaryStore();
  const { project, photos, classes } = labelledProject(store, 4);
  const result = store.labels.set(
    project,
    photos.map((id) => ({ photoId: id, classId: classes[0].id })),
    ada,
  );
  expect(result).toEqual({ revision: 6, changed: 2, passedOver: 0 });
  expect(store.labels.set(project, [], ada)).toEqual({ revision: 6, changed: 0, passedOver: 0 });
  expect(store.projects.get(project).labelRevision).toBe(6);
});

it('changes no label when one photo or class of the batch is not of the project', () => {
  const { store } = temporaryStore();
  const { project, photos, classes } = labelledProject(store);
  const other = store.projects.create('other').id;
  const [foreign] = store.classes.add(other, [{ name: 'oak', color: '#000000', key: null }]);
  const before = store.photos.list(project);
  const good = { photoId: photos[0]!, classId: classes[1].id };
  for (const [change, code] of [
    [{ photoId: photoId(999), classId: classes[0].id }, 'photos.unknown'],
    [{ photoId: photos[1]!, classId: foreign!.id }, 'classes.unknown'],
    [{ photoId: photos[1]!, classId: classId(999) }, 'classes.unknown'],
  ] as const) {
    expect(() => store.labels.set(project, [good, change], ada)).toThrow(expect.objectContaining({ code }));
  }
  expect(() => store.labels.set(other, [good], ada)).toThrow(expect.objectContaining({ code: 'classes.unknown' }));
  expect(store.photos.list(project)).toEqual(before);
  expect(store.labels.revision(project)).toBe(photos.length);
});

it('counts photos by class in their order, then those without a label', () => {
  const { store } = temporaryStore();
  const { project, photos, classes } = labelledProject(store, 5);
  store.classes.add(project, [{ name: 'ash', color: '#123456', key: null }]);
  store.labels.set(project, [{ photoId: photos[0]!, classId: null }], ada);
  expect(store.labels.counts(project)).toEqual([
    { classId: classes[0].id, photos: 2 },
    { classId: classes[1].id, photos: 2 },
    { classId: 3, photos: 0 },
    { classId: null, photos: 1 },
  ]);
});

it('has a history whose replay gives the labels, whatever was set in whatever order', () => {
  const batch = fc.array(fc.record({ photo: fc.nat(5), label: fc.option(fc.nat(1)) }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 12 }), (batches) => {
      const { store } = temporaryStore();
      const { project, photos, classes } = labelledProject(store, 6);
      for (const changes of batches) {
        store.labels.set(
          project,
          changes.map(({ photo, label }) => ({
            photoId: photos[photo]!,
            classId: label === null ? null : classes[label === 0 ? 0 : 1].id,
          })),
          ada,
        );
      }
      const events = store.labels.events(project, 0, 10_000);
      expect(events.map((event) => event.revision)).toEqual(events.map((_, i) => i + 1));
      expect(store.labels.revision(project)).toBe(events.length);
      const replayed = new Map<number, number | null>(photos.map((id) => [id, null]));
      for (const event of events) {
        expect(event.from).toBe(replayed.get(event.photoId));
        replayed.set(event.photoId, event.to);
      }
      expect(new Map(store.photos.list(project).map((photo) => [photo.id, photo.classId]))).toEqual(replayed);
    }),
    { numRuns: 25 },
  );
});
