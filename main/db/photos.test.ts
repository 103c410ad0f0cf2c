import { expect, it } from 'vitest';
import { photoId } from '#app/domain/id-of.ts';
import { temporaryStore } from './testing/temporary-store.ts';
import { hash, labelledProject, newPhoto } from './testing/samples.ts';

it('gives a photo back as it was added', () => {
  const { store } = temporaryStore();
  const project = store.projects.create('plots').id;
  const added = newPhoto(1, { offeredClass: 'oak' });
  const [id] = store.photos.add(project, [added]);
  const photo = store.photos.find(project, added.path);
  expect(photo).toEqual({
    ...added,
    id,
    projectId: project,
    state: 'ok',
    flagged: false,
    excluded: false,
    classId: null,
    group: null,
    addedAt: 1001,
  });
});

it('keeps a file that is no photo with its reason, and one that could not be read without a hash', () => {
  const { store } = temporaryStore();
  const project = store.projects.create('plots').id;
  store.photos.add(project, [
    newPhoto(1, { facts: null, reason: 'HEIC photos are not supported' }),
    newPhoto(2, { facts: null, reason: 'permission denied', contentHash: null }),
    newPhoto(3),
  ]);
  const undecodable = store.photos.list(project, { state: 'undecodable' });
  expect(undecodable.map((photo) => photo.reason)).toEqual(['HEIC photos are not supported', 'permission denied']);
  expect(undecodable.map((photo) => photo.facts)).toEqual([null, null]);
  expect(store.photos.countByState(project)).toEqual({ ok: 1, missing: 0, undecodable: 2 });
});

it('adds none of several photos when one path is there already', () => {
  const { store } = temporaryStore();
  const project = store.projects.create('plots').id;
  store.photos.add(project, [newPhoto(2)]);
  expect(() => store.photos.add(project, [newPhoto(1), newPhoto(2)])).toThrow(
    expect.objectContaining({ code: 'photos.path-taken', data: { path: '/photos/000002.jpg' } }),
  );
  expect(store.photos.count(project)).toBe(1);
});

it('finds every copy of the same bytes', () => {
  const { store } = temporaryStore();
  const project = store.projects.create('plots').id;
  store.photos.add(project, [newPhoto(1), newPhoto(2, { contentHash: hash(1) }), newPhoto(3)]);
  expect(store.photos.withHash(project, hash(1)).map((photo) => photo.path)).toEqual([
    '/photos/000001.jpg',
    '/photos/000002.jpg',
  ]);
  expect(store.photos.withHash(project, hash(9))).toEqual([]);
});

it('keeps label, group and facts of a missing photo and takes it back where it turns up', () => {
  const { store } = temporaryStore();
  const { project, photos } = labelledProject(store);
  const id = photos[0]!;
  store.photos.setGroups([{ id, group: 'plant 7' }]);
  const before = store.photos.get(id);
  store.photos.markMissing([id]);
  expect(store.photos.get(id)).toEqual({ ...before, state: 'missing' });
  store.photos.update(project, [{ id, file: newPhoto(1, { path: '/elsewhere/a.jpg' }) }]);
  expect(store.photos.get(id)).toEqual({ ...before, path: '/elsewhere/a.jpg' });
});

it('lets photos exchange their paths, each with its own label', () => {
  const { store } = temporaryStore();
  const { project, photos } = labelledProject(store);
  const [a, b] = [photos[0]!, photos[1]!];
  const before = [store.photos.get(a), store.photos.get(b)];
  store.photos.update(project, [
    { id: a, file: newPhoto(1, { path: '/photos/000002.jpg' }) },
    { id: b, file: newPhoto(2, { path: '/photos/000001.jpg' }) },
  ]);
  expect(store.photos.get(a)).toEqual({ ...before[0], path: '/photos/000002.jpg' });
  expect(store.photos.get(b)).toEqual({ ...before[1], path: '/photos/000001.jpg' });
});

it('notes what the folder at the new path offers', () => {
  const { store } = temporaryStore();
  const project = store.projects.create('plots').id;
  const [id] = store.photos.add(project, [newPhoto(1, { offeredClass: 'oak' })]);
  store.photos.update(project, [{ id: id!, file: newPhoto(1, { path: '/photos/elm/1.jpg', offeredClass: 'elm' }) }]);
  expect(store.photos.get(id!).offeredClass).toBe('elm');
  expect(store.photos.stamps(project, null)[0]?.offeredClass).toBe('elm');
});

it('moves no photo when one would take the path of another', () => {
  const { store } = temporaryStore();
  const { project, photos } = labelledProject(store);
  const before = store.photos.list(project);
  expect(() =>
    store.photos.update(project, [
      { id: photos[0]!, file: newPhoto(1, { path: '/elsewhere/a.jpg' }) },
      { id: photos[1]!, file: newPhoto(2, { path: '/photos/000003.jpg' }) },
    ]),
  ).toThrow(expect.objectContaining({ code: 'photos.path-taken' }));
  expect(store.photos.list(project)).toEqual(before);
});

it("refuses to touch a photo of another project, or one that isn't there", () => {
  const { store } = temporaryStore();
  const { photos } = labelledProject(store);
  const other = store.projects.create('other').id;
  const unknown = expect.objectContaining({ code: 'photos.unknown' }) as Error;
  expect(() => store.photos.update(other, [{ id: photos[0]!, file: newPhoto(1) }])).toThrow(unknown);
  expect(() => store.photos.markMissing([photos[0]!, photoId(999)])).toThrow(unknown);
  expect(() => store.photos.get(photoId(999))).toThrow(unknown);
  expect(store.photos.get(photos[0]!).state).toBe('ok');
});

it('stamps only what lies below a folder, not beside it with the same beginning', () => {
  const { store } = temporaryStore();
  const project = store.projects.create('plots').id;
  store.photos.add(
    project,
    ['/p/a/1.jpg', '/p/a/b/2.jpg', '/p/a-b/3.jpg', '/p/a.jpg', '/p/ab/4.jpg', '/p/a0'].map((path, i) =>
      newPhoto(i + 1, { path }),
    ),
  );
  expect(store.photos.stamps(project, '/p/a').map((stamp) => stamp.path)).toEqual(['/p/a/1.jpg', '/p/a/b/2.jpg']);
  expect(store.photos.stamps(project, '/p/a/')).toHaveLength(2);
  expect(store.photos.stamps(project, '/')).toHaveLength(6);
  expect(store.photos.stamps(project, null)[0]).toEqual({
    id: 3,
    path: '/p/a-b/3.jpg',
    bytes: 1003,
    modifiedAt: 5003.25,
    state: 'ok',
    offeredClass: null,
  });
});

it('walks through pages without losing or repeating a photo, whatever the filter', () => {
  const { store } = temporaryStore();
  const { project, photos, classes } = labelledProject(store, 40);
  store.labels.set(
    project,
    photos.slice(0, 11).map((id) => ({ photoId: id, classId: null })),
    { actor: 'ada', source: 'manual' },
  );
  store.photos.markMissing(photos.slice(5, 20));
  const filters = [
    {},
    { classId: null },
    { labelled: false },
    { labelled: true },
    { classId: classes[0].id },
    { state: 'missing' },
    { state: 'missing', labelled: true },
  ] as const;
  const sizes = filters.map((filter) => {
    const walked: string[] = [];
    for (let after: string | null = null; ;) {
      const page = store.photos.page(project, filter, after, 3);
      walked.push(...page.map((photo) => photo.path));
      const last = page.at(-1);
      if (!last) break;
      after = last.path;
    }
    expect(walked).toEqual(store.photos.list(project, filter).map((photo) => photo.path));
    expect(store.photos.count(project, filter)).toBe(walked.length);
    return walked.length;
  });
  expect(sizes).toEqual([40, 11, 11, 29, 14, 15, 9]);
});

it('finds nothing where the conditions of a filter exclude each other', () => {
  const { store } = temporaryStore();
  const { project } = labelledProject(store);
  expect(store.photos.list(project, { classId: null, labelled: true })).toEqual([]);
});
