import { expect, it } from 'vitest';
import { labelledProject } from '#main/db/testing/samples.ts';
import { temporaryStore } from '#main/db/testing/temporary-store.ts';
import { backboneIdentity, contentHash } from '../domain/id-of.ts';
import { undoEdit } from './edits.ts';
import { acceptWords } from './label-photos.ts';

/** Four photos, alternately oak and elm; the pack says ash of the first two, elm of the third and nothing of the last. */
function setting(names: readonly string[] = ['ash', 'elm']) {
  const { store } = temporaryStore();
  const { project, photos, classes } = labelledProject(store, 4);
  const pack = store.packs.add({
    name: 'trees',
    path: 'packs/trees',
    sha256: 'e'.repeat(64),
    bytes: 1,
    state: 'verified',
    backbone: backboneIdentity('b'.repeat(64)),
    backboneName: 'vit',
    runId: null,
    classNames: names,
    method: { name: 'linear' },
  });
  store.packs.keepPredictions(
    project,
    pack.id,
    photos.slice(0, 3).map((photoId, at) => ({
      photoId,
      contentHash: store.photos.get(photoId).contentHash ?? contentHash('0'.repeat(64)),
      probabilities: at < 2 ? [0.9, 0.1] : [0.1, 0.9],
    })),
  );
  store.packs.noteApplication(project, pack.id);
  return { store, project, photos, classes, pack, ports: { store, actor: () => 'eve' } };
}

it('takes over what a pack says, as the word of a model, and makes its classes', () => {
  const { store, project, photos, classes, pack, ports } = setting();
  const { edited, changes } = acceptWords(ports, project, photos, pack);
  expect(edited).toMatchObject({ changed: 3, undo: { title: 'Accept 3 suggestions of "trees"' } });
  expect(changes.map(({ kind }) => kind)).toEqual(['class-added', 'labels']);
  const ash = store.classes.find(project, 'ash')!;
  expect(store.photos.getMany(photos).map(({ classId }) => classId)).toEqual([
    ash.id,
    ash.id,
    classes[1].id,
    classes[1].id,
  ]);
  expect(store.labels.history(photos[0]!).at(-1)).toMatchObject({ actor: 'eve', source: 'model', to: ash.id });
});

it('is undone with the classes that it made', () => {
  const { store, project, photos, classes, pack, ports } = setting();
  acceptWords(ports, project, photos, pack);
  undoEdit(ports, project);
  expect(store.classes.list(project).map(({ name }) => name)).toEqual(['oak', 'elm']);
  expect(store.photos.get(photos[0]!).classId).toBe(classes[0].id);
});

it('changes nothing where a name of the pack can be no class', () => {
  const { store, project, photos, pack, ports } = setting(['a\nb', 'elm']);
  expect(() => acceptWords(ports, project, photos, pack)).toThrow(
    expect.objectContaining({ code: 'classes.name-invalid' }),
  );
  expect(store.edits.next(project).undo).toBeNull();
});
