import { describe, expect, it } from 'vitest';
import { labelledProject, newBackbone, newPhoto, newRun } from '#main/db/testing/samples.ts';
import { temporaryStore } from '#main/db/testing/temporary-store.ts';
import type { LibraryFilter, LibrarySort } from '../contract/library.ts';
import { contentHash, backboneIdentity, packId } from '../domain/id-of.ts';
import type { PackId, PhotoId, ProjectId } from '../domain/ids.ts';
import type { Store } from '../ports/repositories.ts';
import { confusedPhotos, libraryFacets } from './facets.ts';
import { photoDetails, photoRows } from './photo-rows.ts';
import { createViews } from './views.ts';

interface Setting {
  readonly store: Store;
  readonly project: ProjectId;
  readonly photos: readonly PhotoId[];
  readonly pack: PackId;
  /** Places of the found photos. */
  readonly seen: (filter: LibraryFilter, sort?: LibrarySort) => number[];
}

/** Eight photos, alternately oak and elm; a pack says oak of all but the last two, less sure of each next one. */
function setting(): Setting {
  const { store } = temporaryStore();
  const { project, photos } = labelledProject(store, 8);
  const { id: pack } = store.packs.add({
    name: 'trees',
    path: 'packs/trees',
    sha256: 'e'.repeat(64),
    bytes: 1,
    state: 'verified',
    backbone: backboneIdentity('b'.repeat(64)),
    backboneName: 'vit',
    runId: null,
    classNames: ['elm', 'oak'],
    method: { name: 'linear' },
  });
  store.packs.keepPredictions(
    project,
    pack,
    photos.slice(0, 6).map((photoId, at) => ({
      photoId,
      contentHash: store.photos.get(photoId).contentHash ?? contentHash('0'.repeat(64)),
      probabilities: [0.05 + at / 20, 0.95 - at / 20],
    })),
  );
  store.packs.noteApplication(project, pack);
  const views = createViews(store);
  return {
    store,
    project,
    photos,
    pack,
    seen: (filter, sort = 'name') => {
      const { view, total } = views.open(project, filter, sort);
      return views.slice(view, 0, total).map((id) => photos.indexOf(id));
    },
  };
}

const ada = { actor: 'ada', source: 'manual' } as const;

describe('a view', () => {
  it('has the photos in the wanted order', () => {
    const { seen, pack } = setting();
    expect(seen({})).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(seen({}, 'added')).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
    expect(seen({ pack }, 'confidence')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(seen({ pack }, 'uncertainty')).toEqual([5, 4, 3, 2, 1, 0]);
  });

  it('narrows down to subsets of the newest split', () => {
    const { seen, store, project } = setting();
    expect(seen({ subset: 'validation' })).toEqual([4, 5]);
    expect(seen({ subset: null })).toEqual([]);
    store.photos.add(project, [newPhoto(99)]);
    expect(seen({ subset: null })).toEqual([-1]);
  });

  it('narrows down to what a pack says', () => {
    const { seen, pack, store, project, photos } = setting();
    expect(seen({ pack })).toEqual([0, 1, 2, 3, 4, 5]);
    expect(seen({ pack, below: 0.81 })).toEqual([3, 4, 5]);
    expect(seen({ pack, predicted: 'oak', below: 0.81 }, 'uncertainty')).toEqual([5, 4, 3]);
    expect(seen({ pack, predicted: 'elm' })).toEqual([]);
    expect(seen({ pack, predicted: 'no such class' })).toEqual([]);
    expect(seen({ pack, disagrees: true })).toEqual([1, 3, 5]);
    expect(seen({ pack, disagrees: false })).toEqual([0, 2, 4]);
    store.labels.set(project, [{ photoId: photos[1]!, classId: null }], ada);
    expect(seen({ pack, disagrees: true }, 'confidence')).toEqual([3, 5]);
    expect(seen({ pack, classes: [null] }, 'confidence')).toEqual([1]);
  });

  it('narrows down to given photos in the order of the view', () => {
    const { seen, photos } = setting();
    expect(seen({ photos: [photos[5]!, photos[2]!] })).toEqual([2, 5]);
    expect(seen({ photos: [] })).toEqual([]);
  });

  it('asks which pack is meant where one is needed', () => {
    const { seen } = setting();
    for (const filter of [{ disagrees: true }, { below: 0.5 }, { predicted: 'oak' }]) {
      expect(() => seen(filter)).toThrow(expect.objectContaining({ code: 'library.pack-needed' }));
    }
    expect(() => seen({}, 'confidence')).toThrow(expect.objectContaining({ code: 'library.pack-needed' }));
    expect(() => seen({ pack: packId(99) })).toThrow(expect.objectContaining({ code: 'packs.unknown' }));
  });

  it('stays as it was opened while labels change, and gives places and slices', () => {
    const { store, project, photos } = setting();
    const views = createViews(store);
    const { view, total } = views.open(project, { classes: [store.classes.list(project)[0]!.id] }, 'name');
    store.labels.set(project, [{ photoId: photos[0]!, classId: null }], ada);
    expect(total).toBe(4);
    expect(views.slice(view, 1, 3)).toEqual([photos[2], photos[4]]);
    expect(views.slice(view, 3, 99)).toEqual([photos[6]]);
    expect(views.slice(view, 3, 1)).toEqual([]);
    expect(views.place(view, photos[4]!)).toBe(2);
    expect(views.place(view, photos[1]!)).toBeNull();
  });

  it('is dropped when others have been used since', () => {
    const { store, project } = setting();
    const views = createViews(store);
    const first = views.open(project, {}, 'name').view;
    const second = views.open(project, {}, 'name').view;
    for (let n = 0; n < 47; n++) {
      views.open(project, {}, 'name');
      views.get(first);
    }
    expect(views.slice(first, 0, 1)).toHaveLength(1);
    expect(() => views.slice(second, 0, 1)).toThrow(expect.objectContaining({ code: 'library.view-gone' }));
  });
});

it('shows a photo with subset, marks and what the pack that was applied last says', () => {
  const { store, project, photos, pack } = setting();
  store.photos.mark(project, [photos[6]!], 'flagged', true);
  const [oak] = store.classes.list(project);
  const rows = photoRows(store, project, [photos[6]!, photos[0]!], null);
  expect(rows).toMatchObject([
    { id: photos[6], name: '000007.jpg', subset: 'test', flagged: true, suggestion: null, width: 640, state: 'ok' },
    {
      id: photos[0],
      subset: 'train',
      flagged: false,
      classId: oak!.id,
      suggestion: { pack, className: 'oak', classId: oak!.id },
    },
  ]);
  expect(rows[0]?.hash).toHaveLength(16);
});

it('tells the history of a photo by names, also of classes that are gone', () => {
  const { store, project, photos, pack } = setting();
  const [oak, elm] = store.classes.list(project);
  const ofOak = store.photos.list(project, { classId: oak!.id }).map(({ id }) => ({ photoId: id, classId: elm!.id }));
  store.labels.set(project, ofOak, ada);
  store.classes.retire(oak!.id);
  const details = photoDetails(store, photos[0]!);
  expect(details.history).toMatchObject([
    { from: 'oak', to: 'elm', source: 'manual' },
    { from: null, to: 'oak', source: 'folder' },
  ]);
  expect(details.opinions).toMatchObject([
    { by: { pack }, name: 'trees', classes: [{ name: 'oak' }, { name: 'elm' }] },
  ]);
  expect(details.suggestion).toMatchObject({ className: 'oak', classId: null });
});

it('counts what a library can be narrowed down to', () => {
  const { store, project, photos, pack } = setting();
  store.labels.set(project, [{ photoId: photos[0]!, classId: null }], ada);
  expect(libraryFacets(store, project)).toEqual({
    total: 8,
    labelled: 7,
    unlabelled: 1,
    flagged: 0,
    excluded: 0,
    undecodable: 0,
    missing: 0,
    classes: store.classes.list(project).map(({ id }, at) => ({ classId: id, photos: 3 + at })),
    subsets: { train: 4, validation: 2, test: 2 },
    packs: [{ pack, name: 'trees', at: expect.any(Number) as number, photos: 6, disagrees: 3, unlabelled: 1 }],
  });
});

it('finds the photos behind a cell of a confusion matrix, the most confident first', () => {
  const { store, project, photos } = setting();
  store.backbones.add(newBackbone);
  const [oak, elm] = store.classes.list(project);
  const labelled = { project, photos, classes: [oak!, elm!] as const, split: store.splits.latest(project)! };
  const run = store.runs.create(newRun(store, labelled), [
    { photoId: photos[0]!, contentHash: contentHash('0'.repeat(64)), bytes: 1, label: 0, subset: 'test' },
  ]);
  const prediction = (at: number, label: number, logits: number[], subset: 'test' | 'validation' = 'test') => ({
    photoId: photos[at]!,
    by: 'run' as const,
    subset,
    label,
    logits,
  });
  store.runs.recordPredictions(run.id, [
    prediction(0, 0, [0, 1]),
    prediction(1, 0, [0, 3]),
    prediction(2, 1, [0, 2]),
    prediction(3, 0, [2, 0]),
    prediction(4, 0, [0, 9], 'validation'),
  ]);
  const cell = (label: number | null, predicted: number | null) =>
    confusedPhotos(store, run.id, { subset: 'test', label, predicted }).map((id) => photos.indexOf(id));
  expect(cell(0, 1)).toEqual([1, 0]);
  expect(cell(null, 1)).toEqual([1, 2, 0]);
  expect(cell(0, null)).toEqual([1, 3, 0]);
});
