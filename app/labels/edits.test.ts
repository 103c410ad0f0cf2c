import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelledProject, newPhoto } from '#main/db/testing/samples.ts';
import { temporaryStore } from '#main/db/testing/temporary-store.ts';
import type { ClassId, PhotoId, ProjectId } from '../domain/ids.ts';
import type { Store } from '../ports/repositories.ts';
import { addClass, classViews, editClass, mergeClass, orderClasses, removeClass } from './edit-classes.ts';
import { editState, redoEdit, undoEdit } from './edits.ts';
import type { EditPorts } from './edits.ts';
import { labelPhotos, markPhotos } from './label-photos.ts';

interface Setting {
  readonly store: Store;
  readonly ports: EditPorts;
  readonly project: ProjectId;
  readonly photos: readonly PhotoId[];
  readonly oak: ClassId;
  readonly elm: ClassId;
}

function setting(count = 4): Setting {
  const { store } = temporaryStore();
  const { project, photos, classes } = labelledProject(store, count);
  return {
    store,
    ports: { store, actor: () => 'eve' },
    project,
    photos,
    oak: classes[0].id,
    elm: classes[1].id,
  };
}

/** Everything that editing can change. */
function snapshot({ store, project, photos }: Setting): unknown {
  return {
    photos: store.photos.getMany(photos).map(({ classId, flagged, excluded }) => [classId, flagged, excluded]),
    classes: store.classes.list(project).map(({ id, name, index, color, key }) => [id, name, index, color, key]),
  };
}

describe('labelling', () => {
  it('answers with what changed and what can be undone', () => {
    const { ports, project, photos, elm } = setting();
    const { edited } = labelPhotos(ports, project, [...photos, photos[0]!], elm);
    expect(edited).toMatchObject({
      changed: 2,
      photos: [photos[0], photos[2]],
      undo: { title: 'Label 2 photos "elm"' },
      redo: null,
    });
    expect(labelPhotos(ports, project, photos, elm).edited.changed).toBe(0);
    expect(editState(ports, project).undo).toEqual(edited.undo);
  });

  it('names who did it and by what means, also when it is undone and done again', () => {
    const { store, ports, project, photos, elm } = setting();
    labelPhotos(ports, project, photos.slice(0, 1), elm);
    undoEdit(ports, project);
    redoEdit(ports, project);
    const history = store.labels.history(photos[0]!).slice(1);
    expect(history.map(({ actor, source, to }) => [actor, source, to])).toEqual([
      ['eve', 'manual', elm],
      ['eve', 'undo', history[0]?.from],
      ['eve', 'manual', elm],
    ]);
  });

  it('says when there is nothing to undo or redo', () => {
    const { ports, project } = setting();
    expect(() => undoEdit(ports, project)).toThrow(expect.objectContaining({ code: 'labels.nothing-to-undo' }));
    expect(() => redoEdit(ports, project)).toThrow(expect.objectContaining({ code: 'labels.nothing-to-redo' }));
  });

  it('undoes and redoes the edit that is meant and no other, and names the one that came in between', () => {
    const { store, ports, project, photos, oak, elm } = setting();
    const first = labelPhotos(ports, project, photos, elm).edited.made;
    const second = markPhotos(ports, project, photos, 'flagged', true).edited.made!;
    const labels = (): unknown => store.photos.getMany(photos).map(({ classId, flagged }) => [classId, flagged]);
    const before = labels();
    expect(() => undoEdit(ports, project, first)).toThrow(
      expect.objectContaining({
        code: 'labels.other-edit',
        kind: 'expected',
        message: 'Nothing was undone: "Flag 4 photos" came in between. Undo again to take that back.',
        data: { edit: second },
      }),
    );
    expect(() => undoEdit(ports, project, null)).toThrow(expect.objectContaining({ code: 'labels.other-edit' }));
    expect(labels()).toEqual(before);
    expect(undoEdit(ports, project, second).edited.undo?.id).toBe(first);
    expect(() => undoEdit(ports, project, second)).toThrow(
      'that change is undone already, and the newest one now is "Label 2 photos "elm"". Undo again',
    );
    expect(() => redoEdit(ports, project, first)).toThrow(
      'Nothing was done again: what was undone last is "Flag 4 photos" now.',
    );
    expect(redoEdit(ports, project, second).edited.made).toBeNull();
    expect(labels()).toEqual(before);
    undoEdit(ports, project, second);
    labelPhotos(ports, project, photos.slice(0, 1), oak);
    expect(() => redoEdit(ports, project, second)).toThrow(expect.objectContaining({ code: 'labels.nothing-to-redo' }));
  });

  it('of nothing is kept as no edit', () => {
    const { ports, project, photos, elm } = setting();
    const { made } = labelPhotos(ports, project, photos, elm).edited;
    expect(labelPhotos(ports, project, photos, elm).edited).toMatchObject({ made: null, undo: { id: made } });
  });

  it('undoes no label that was set by other means since, and says so', () => {
    const { store, ports, project, photos, oak, elm } = setting();
    labelPhotos(ports, project, photos, null);
    store.labels.set(project, [{ photoId: photos[0]!, classId: elm }], { actor: 'bob', source: 'csv' });
    const { edited } = undoEdit(ports, project);
    expect(edited.done.title).toBe('Remove the label of 4 photos (1 photo was labelled otherwise since and stays)');
    expect(edited).toMatchObject({ changed: 3, undo: null, redo: { title: 'Remove the label of 4 photos' } });
    expect(store.photos.getMany(photos).map(({ classId }) => classId)).toEqual([elm, elm, oak, elm]);
  });

  it('undoes what was done to a whole library, and keeps one row for it', () => {
    const { store } = temporaryStore();
    const project = store.projects.create('large').id;
    const photos = store.photos.add(
      project,
      Array.from({ length: 5000 }, (_, n) => newPhoto(n + 1)),
    );
    const ports = { store, actor: () => 'eve' };
    const { class: rust } = addClass(ports, project, { name: 'rust' });
    const { edited } = labelPhotos(ports, project, photos, rust.id);
    expect(edited.changed).toBe(5000);
    expect(edited.photos).toHaveLength(1000);
    expect(undoEdit(ports, project).edited.changed).toBe(5000);
    expect(store.library.counts(project).labelled).toBe(0);
  });
});

describe('marks', () => {
  it('take back just those photos that they marked', () => {
    const { store, ports, project, photos } = setting();
    markPhotos(ports, project, photos.slice(0, 1), 'flagged', true);
    const { edited } = markPhotos(ports, project, photos, 'flagged', true);
    expect(edited).toMatchObject({ changed: 3, photos: photos.slice(1), undo: { title: 'Flag 3 photos' } });
    undoEdit(ports, project);
    expect(store.photos.getMany(photos).map(({ flagged }) => flagged)).toEqual([true, false, false, false]);
  });

  it('of no photo are no edit', () => {
    const { ports, project, photos } = setting();
    expect(markPhotos(ports, project, photos, 'excluded', false).edited).toMatchObject({ changed: 0, undo: null });
  });
});

describe('classes', () => {
  it('get colour and key where none is given, and refuse names that are none', () => {
    const { ports, project } = setting();
    expect(addClass(ports, project, { name: ' ash ' }).class).toMatchObject({
      name: 'ash',
      index: 2,
      key: '3',
      color: expect.stringMatching(/^#[0-9a-f]{6}$/) as string,
      photos: 0,
    });
    expect(() => addClass(ports, project, { name: ' ' })).toThrow(
      expect.objectContaining({ code: 'classes.name-invalid' }),
    );
    expect(() => addClass(ports, project, { name: 'oak' })).toThrow(
      expect.objectContaining({ code: 'classes.name-taken' }),
    );
    expect(() => addClass(ports, project, { name: 'fir', key: '1' })).toThrow(
      expect.objectContaining({ code: 'classes.key-taken' }),
    );
    expect(() => addClass(ports, project, { name: 'fir', key: ' ' })).toThrow(
      expect.objectContaining({ code: 'classes.key-invalid' }),
    );
  });

  it('take a key over from another class, and give it back when that is undone', () => {
    const { store, ports, project, oak, elm } = setting();
    editClass(ports, project, elm, { key: '1' });
    expect(store.classes.list(project).map(({ key }) => key)).toEqual([null, '1']);
    expect(undoEdit(ports, project).edited.done.title).toBe('Change the key of "elm"');
    expect([store.classes.get(oak).key, store.classes.get(elm).key]).toEqual(['1', '2']);
  });

  it('that are merged give their photos away and stay known to history', () => {
    const { store, ports, project, photos, oak, elm } = setting();
    const { edited } = mergeClass(ports, project, oak, elm);
    expect(edited).toMatchObject({ changed: 2, undo: { title: 'Merge "oak" into "elm"' } });
    expect(classViews(store, project)).toMatchObject([{ id: elm, index: 0, photos: 4 }]);
    expect(store.classes.names(project).get(store.labels.history(photos[0]!)[0]!.to!)).toBe('oak');
    expect(() => mergeClass(ports, project, elm, elm)).toThrow(
      expect.objectContaining({ code: 'classes.merge-itself' }),
    );
    expect(() => mergeClass(ports, project, oak, elm)).toThrow(expect.objectContaining({ code: 'classes.unknown' }));
  });

  it('with photos are not removed', () => {
    const { ports, project, oak } = setting();
    expect(() => removeClass(ports, project, oak)).toThrow(expect.objectContaining({ code: 'classes.in-use' }));
  });

  it('stay when their adding is undone while photos have them', () => {
    const { store, ports, project, photos } = setting();
    const { class: ash } = addClass(ports, project, { name: 'ash' });
    store.labels.set(project, [{ photoId: photos[0]!, classId: ash.id }], { actor: 'bob', source: 'csv' });
    expect(undoEdit(ports, project).edited.done.title).toBe('Add class "ash" (the class "ash" has photos and stays)');
    expect(store.classes.find(project, 'ash')?.id).toBe(ash.id);
  });

  it('keep a new name where the old one is in use again', () => {
    const { store, ports, project, oak } = setting();
    editClass(ports, project, oak, { name: 'birch', color: '#123456' });
    store.classes.add(project, [{ name: 'oak', color: '#000000', key: null }]);
    const { title } = undoEdit(ports, project).edited.done;
    expect(title).toBe('Rename "oak" to "birch" (another class is called "oak" now)');
    expect(store.classes.get(oak)).toMatchObject({ name: 'birch', color: '#aa7700' });
  });
});

it('goes back to every earlier state and forth again, whatever was done', () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant('label' as const), photos: fc.subarray([0, 1, 2, 3]), to: fc.nat(3) }),
    fc.record({ kind: fc.constant('mark' as const), photos: fc.subarray([0, 1, 2, 3]), to: fc.boolean() }),
    fc.record({ kind: fc.constant('add' as const), name: fc.constantFrom('ash', 'fir', 'yew') }),
    fc.record({
      kind: fc.constant('edit' as const),
      at: fc.nat(3),
      name: fc.constantFrom('a', 'b'),
      key: fc.constantFrom('1', '2', 'q', null),
    }),
    fc.record({ kind: fc.constant('merge' as const), at: fc.nat(3), into: fc.nat(3) }),
    fc.record({ kind: fc.constant('remove' as const), at: fc.nat(3) }),
    fc.record({ kind: fc.constant('turn' as const) }),
  );
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 12 }), (actions) => {
      const all = setting();
      const { store, ports, project } = all;
      const states = [snapshot(all)];
      for (const one of actions) {
        const list = store.classes.list(project).map(({ id }) => id);
        const of = (at: number): ClassId => list[at % list.length]!;
        try {
          const before = editState(ports, project).undo?.id;
          if (one.kind === 'label') {
            const target = one.to === 3 ? null : of(one.to);
            labelPhotos(
              ports,
              project,
              one.photos.map((at) => all.photos[at]!),
              target,
            );
          } else if (one.kind === 'mark')
            markPhotos(
              ports,
              project,
              one.photos.map((at) => all.photos[at]!),
              'excluded',
              one.to,
            );
          else if (one.kind === 'add') addClass(ports, project, { name: one.name });
          else if (one.kind === 'edit') editClass(ports, project, of(one.at), { name: one.name, key: one.key });
          else if (one.kind === 'merge') mergeClass(ports, project, of(one.at), of(one.into));
          else if (one.kind === 'remove') removeClass(ports, project, of(one.at));
          else orderClasses(ports, project, list.toReversed());
          if (editState(ports, project).undo?.id !== before) states.push(snapshot(all));
        } catch (error) {
          // Refused: then nothing may have changed.
          expect(error).toMatchObject({ kind: 'expected' });
          expect(snapshot(all)).toEqual(states.at(-1));
        }
      }
      for (const state of states.slice(0, -1).toReversed()) {
        undoEdit(ports, project);
        expect(snapshot(all)).toEqual(state);
      }
      expect(editState(ports, project).undo).toBeNull();
      for (const state of states.slice(1)) {
        redoEdit(ports, project);
        expect(snapshot(all)).toEqual(state);
      }
    }),
    { numRuns: 60 },
  );
});
