import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BrowseFilter, WordFilter } from '#app/domain/browse.ts';
import { packId, photoId, projectId } from '#app/domain/id-of.ts';
import type { PackId, PhotoId } from '#app/domain/ids.ts';
import type { Store } from '#app/ports/repositories.ts';
import { openDatabase } from './open.ts';
import { openStore } from './store.ts';
import { hash, labelledProject, newPhoto } from './testing/samples.ts';
import { countingClock, temporaryFolder, temporaryStore } from './testing/temporary-store.ts';

const ada = { actor: 'ada', source: 'manual' } as const;

describe('a filter', () => {
  const names = ['a/Ärger.jpg', 'a/IMG_2.jpg', 'b/img_10.JPG', 'b/100%.png', 'c/gone.jpg', 'img/plain.png'];

  function library(): { store: Store; found: (filter: BrowseFilter) => string[] } {
    const { store } = temporaryStore();
    const project = store.projects.create('p').id;
    const photos = store.photos.add(
      project,
      names.map((name, at) => newPhoto(at + 1, { path: `/photos/${name}` })),
    );
    const [oak, elm] = store.classes.add(project, [
      { name: 'oak', color: '#aa7700', key: '1' },
      { name: 'elm', color: '#00aa77', key: '2' },
    ]);
    store.labels.set(
      project,
      [
        { photoId: photos[0]!, classId: oak!.id },
        { photoId: photos[1]!, classId: elm!.id },
      ],
      ada,
    );
    store.photos.mark(project, [photos[1]!, photos[2]!], 'flagged', true);
    store.photos.mark(project, [photos[2]!], 'excluded', true);
    store.photos.markMissing([photos[4]!]);
    const found = (filter: BrowseFilter): string[] =>
      [...store.library.browse(project, filter)].map((id) =>
        store.photos.get(photoId(id)).path.slice('/photos/'.length),
      );
    return { store, found };
  }

  const cases: readonly (readonly [string, BrowseFilter, readonly string[]])[] = [
    ['nothing', {}, [...names].sort()],
    ['one class', { classes: [1 as never] }, ['a/Ärger.jpg']],
    ['several classes', { classes: [1 as never, 2 as never] }, ['a/IMG_2.jpg', 'a/Ärger.jpg']],
    ['no label', { classes: [null] }, names.slice(2).sort()],
    ['a class or no label', { classes: [2 as never, null] }, names.slice(1).sort()],
    ['no class at all', { classes: [] }, []],
    ['flagged ones', { flagged: true }, ['a/IMG_2.jpg', 'b/img_10.JPG']],
    ['flagged and not excluded ones', { flagged: true, excluded: false }, ['a/IMG_2.jpg']],
    ['missing ones', { state: 'missing' }, ['c/gone.jpg']],
    ['a part of the name in either case', { text: 'Img_' }, ['a/IMG_2.jpg', 'b/img_10.JPG']],
    ['a letter beyond ASCII in either case', { text: 'ÄRG' }, ['a/Ärger.jpg']],
    ['the same letter spelt apart', { text: 'ärg'.normalize('NFD') }, ['a/Ärger.jpg']],
    ['a wildcard taken as a letter', { text: '%' }, ['b/100%.png']],
    ['an underscore taken as a letter', { text: 'g_2' }, ['a/IMG_2.jpg']],
    ['a backslash taken as a letter', { text: '\\' }, []],
    ['all of them together', { classes: [null], flagged: true, text: '10' }, ['b/img_10.JPG']],
  ];
  it.each(cases)('for %s finds just these, by path', (_what, filter, wanted) => {
    expect(library().found(filter)).toEqual(wanted);
  });

  it('is answered anew after each change, and as before where a change was undone', () => {
    const { store, found } = library();
    expect(found({ flagged: true })).toEqual(['a/IMG_2.jpg', 'b/img_10.JPG']);
    expect(found({ flagged: true })).toEqual(['a/IMG_2.jpg', 'b/img_10.JPG']);
    const [first] = store.library.browse(projectId(1), { text: 'ärg' });
    store.photos.mark(projectId(1), [photoId(first!)], 'flagged', true);
    expect(found({ flagged: true })).toEqual(['a/IMG_2.jpg', 'a/Ärger.jpg', 'b/img_10.JPG']);
    // Nothing is remembered of what was never committed.
    expect(() =>
      store.transaction(() => {
        store.photos.mark(projectId(1), [photoId(first!)], 'flagged', false);
        expect(found({ flagged: true })).toEqual(['a/IMG_2.jpg', 'b/img_10.JPG']);
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(found({ flagged: true })).toEqual(['a/IMG_2.jpg', 'a/Ärger.jpg', 'b/img_10.JPG']);
  });

  it('follows a photo to its new name', () => {
    const { store, found } = library();
    const project = projectId(1);
    store.photos.update(project, [{ id: photoId(6), file: newPhoto(6, { path: '/photos/z/Renamed.png' }) }]);
    expect(found({ text: 'renamed' })).toEqual(['z/Renamed.png']);
    expect(found({ text: 'plain' })).toEqual([]);
  });
});

it('gives photos in the wanted order and refuses those of another project', () => {
  const { store } = temporaryStore();
  const { project, photos } = labelledProject(store, 3);
  const wanted = [photos[2]!, photos[0]!];
  expect(store.library.photos(project, wanted)).toEqual(wanted.map((id) => store.photos.get(id)));
  const other = store.projects.create('other').id;
  expect(() => store.library.photos(other, wanted)).toThrow(expect.objectContaining({ code: 'photos.unknown' }));
});

it('counts a library, also an empty one', () => {
  const { store } = temporaryStore();
  const { project, photos } = labelledProject(store, 4);
  store.labels.set(project, [{ photoId: photos[0]!, classId: null }], ada);
  expect(store.photos.mark(project, photos.slice(0, 3), 'flagged', true)).toEqual(photos.slice(0, 3));
  expect(store.photos.mark(project, photos, 'flagged', true)).toEqual(photos.slice(3));
  store.photos.mark(project, [photos[3]!], 'excluded', true);
  store.photos.markMissing([photos[1]!]);
  const counts = { total: 4, labelled: 3, flagged: 4, excluded: 1, undecodable: 0, missing: 1 };
  expect(store.library.counts(project)).toEqual(counts);
  const empty = store.projects.create('empty').id;
  expect(Object.values(store.library.counts(empty))).toEqual([0, 0, 0, 0, 0, 0]);
});

it('marks no photo when one of them is not in the project', () => {
  const { store } = temporaryStore();
  const { project, photos } = labelledProject(store, 2);
  expect(() => store.photos.mark(project, [photos[0]!, photoId(99)], 'flagged', true)).toThrow(
    expect.objectContaining({ code: 'photos.unknown' }),
  );
  expect(store.library.counts(project).flagged).toBe(0);
});

it('covers a project with photos of different classes that are there, else with its first ones', () => {
  const { store } = temporaryStore();
  const { project, photos } = labelledProject(store, 6);
  store.photos.markMissing([photos[0]!]);
  expect(store.library.covers(project, 4)).toEqual([
    { photo: photos[2], hash: hash(3) },
    { photo: photos[1], hash: hash(2) },
  ]);
  const plain = store.projects.create('plain').id;
  const unlabelled = store.photos.add(plain, [newPhoto(1), newPhoto(2)]);
  expect(store.library.covers(plain, 1).map(({ photo }) => photo)).toEqual([unlabelled[0]]);
});

it('tells which photos are in which subset', () => {
  const { store } = temporaryStore();
  const { photos, split } = labelledProject(store, 8);
  expect([...store.library.members(split.id, 'test')]).toEqual(photos.slice(6));
  expect([...store.library.members(split.id, null)]).toEqual(photos);
  expect(store.library.subsets(split.id, [photos[7]!, photos[0]!])).toEqual(
    new Map([
      [photos[7], 'test'],
      [photos[0], 'train'],
    ]),
  );
});

describe('what packs said', () => {
  const pack: PackId = packId(1);

  /** Predictions written by hand: photo n is of class n % 2, as sure as n tenths. */
  function applied(): { store: Store; photos: readonly PhotoId[]; project: ReturnType<typeof projectId> } {
    const path = join(temporaryFolder(), 'library.sqlite');
    const first = openStore(path, { now: countingClock() });
    const { project, photos } = labelledProject(first, 4);
    first.close();
    const db = openDatabase(path);
    db.exec(`INSERT INTO packs (name, path, sha256, bytes, state, backbone, backbone_name, class_names, method, created_at)
      VALUES ('p', 'p', '${hash(1)}', 1, 'verified', '${hash(2)}', 'vit', '["elm","oak"]', '{"name":"linear"}', 1)`);
    db.exec('INSERT INTO pack_applications VALUES (1, 1, 50, 4)');
    const insert = db.prepare<[number, number, number, Uint8Array, string]>(
      'INSERT INTO pack_predictions VALUES (1, 1, ?, ?, ?, ?, ?, 50)',
    );
    photos.forEach((id, at) => {
      const probabilities = new Uint8Array(new Float32Array([0.25, 0.75]).buffer);
      insert.run(id, at % 2, at / 10, probabilities, hash(at + 1));
    });
    db.close();
    const store = openStore(path, { now: countingClock() });
    onTestFinished(() => store.close());
    return { store, photos, project };
  }

  it('is found by what it says, and given for some photos', () => {
    const { store, photos, project } = applied();
    const said = (filter: WordFilter): number[] => [...store.library.said(project, pack, filter)];
    expect(said({})).toEqual(photos);
    expect([...store.library.said(project, pack, { classIndex: 1 })]).toEqual([photos[1], photos[3]]);
    expect(said({ below: 0.2 })).toEqual(photos.slice(0, 2));
    expect(said({ disagrees: true })).toEqual(photos);
    expect(said({ disagrees: true, below: 0.25, classIndex: 0 })).toEqual([photos[0], photos[2]]);
    expect(store.library.words(project, pack, [photos[3]!])).toEqual(
      new Map([[photos[3], { classIndex: 1, confidence: 0.3 }]]),
    );
    expect(store.library.applications(project)).toEqual([{ pack, at: 50, photos: 4 }]);
    expect(store.library.packOpinions(store.photos.get(photos[0]!))).toEqual([
      { pack, at: 50, probabilities: [0.25, 0.75] },
    ]);
  });

  it('is counted against the labels of now', () => {
    const { store, photos, project } = applied();
    store.labels.set(project, [{ photoId: photos[0]!, classId: null }], ada);
    expect(store.library.agreement(project, pack)).toEqual([
      { classIndex: 0, classId: null, photos: 1 },
      { classIndex: 1, classId: 2, photos: 2 },
      { classIndex: 0, classId: 1, photos: 1 },
    ]);
  });

  it('disagrees with labels of another name, and not with missing ones', () => {
    const { store, photos, project } = applied();
    const [oak, elm] = store.classes.list(project);
    store.labels.set(
      project,
      [
        { photoId: photos[0]!, classId: null },
        { photoId: photos[2]!, classId: elm!.id },
        { photoId: photos[1]!, classId: oak!.id },
      ],
      ada,
    );
    const disagreeing = (): number[] => [...store.library.said(project, pack, { disagrees: true })];
    expect(disagreeing()).toEqual([photos[3]]);
    store.classes.edit(elm!.id, { name: 'wych elm' });
    expect(disagreeing()).toEqual([photos[2], photos[3]]);
  });

  it('is forgotten of a photo that shows something else now, and stays with one that moved', () => {
    const { store, photos, project } = applied();
    store.photos.update(project, [
      { id: photos[0]!, file: newPhoto(1, { contentHash: hash(77) }) },
      { id: photos[1]!, file: newPhoto(2, { path: '/elsewhere/b.jpg' }) },
    ]);
    expect([...store.library.said(project, pack, {})]).toEqual(photos.slice(1));
  });
});
