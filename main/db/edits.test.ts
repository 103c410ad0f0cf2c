import { expect, it } from 'vitest';
import { classId, photoId } from '#app/domain/id-of.ts';
import type { EditChange } from '#app/domain/edit.ts';
import { openStore } from './store.ts';
import { countingClock, temporaryStore } from './testing/temporary-store.ts';

const edit = (title: string, changes: readonly EditChange[] = []) => ({ actor: 'ada', title, changes });

it('gives back every kind of change as it was stored, from a store that was opened again', () => {
  const { store, path } = temporaryStore();
  const project = store.projects.create('plots').id;
  const changes: EditChange[] = [
    { kind: 'labels', first: 3, last: 9 },
    { kind: 'mark', mark: 'excluded', to: true, photos: [2, 3, 4, 9].map(photoId) },
    { kind: 'class-added', class: classId(1) },
    { kind: 'class-retired', class: classId(1) },
    { kind: 'class-edited', class: classId(1), from: { key: null }, to: { key: '1', name: 'oak' } },
    { kind: 'classes-ordered', from: [classId(1), classId(2)], to: [classId(2), classId(1)] },
  ];
  store.edits.add(project, edit('All of it', changes));
  store.close();
  const again = openStore(path, { now: countingClock() });
  expect(again.edits.next(project)).toEqual({
    undo: { id: 1, projectId: project, at: 1001, actor: 'ada', title: 'All of it', changes, state: 'done' },
    redo: null,
  });
  again.close();
});

it('walks back and forth through what was done', () => {
  const { store } = temporaryStore();
  const project = store.projects.create('plots').id;
  const [a, b] = [store.edits.add(project, edit('a')), store.edits.add(project, edit('b'))];
  const titles = (): unknown => {
    const { undo, redo } = store.edits.next(project);
    return [undo?.title, redo?.title];
  };
  expect(titles()).toEqual(['b', undefined]);
  store.edits.move(b.id, 'undone');
  expect(titles()).toEqual(['a', 'b']);
  store.edits.move(a.id, 'undone');
  expect(titles()).toEqual([undefined, 'a']);
  store.edits.move(a.id, 'done');
  expect(titles()).toEqual(['a', 'b']);
});

it('drops what was undone when something new is done, and only in that project', () => {
  const { store } = temporaryStore();
  const [one, two] = [store.projects.create('one').id, store.projects.create('two').id];
  for (const project of [one, two]) store.edits.move(store.edits.add(project, edit('old')).id, 'undone');
  store.edits.add(one, edit('new'));
  expect(store.edits.next(one)).toMatchObject({ undo: { title: 'new' }, redo: null });
  expect(store.edits.next(two)).toMatchObject({ undo: null, redo: { title: 'old' } });
});

it('keeps the last 200 edits of a project', () => {
  const { store } = temporaryStore();
  const project = store.projects.create('plots').id;
  for (let n = 1; n <= 205; n++) store.edits.add(project, edit(`edit ${n}`));
  let left = 0;
  let last = '';
  for (let next = store.edits.next(project).undo; next !== null; next = store.edits.next(project).undo) {
    last = next.title;
    store.edits.move(next.id, 'undone');
    left += 1;
  }
  expect([left, last]).toEqual([200, 'edit 6']);
});
