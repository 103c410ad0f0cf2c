import { expect, it } from 'vitest';
import { classId } from '#app/domain/id-of.ts';
import type { ClassId, ProjectId } from '#app/domain/ids.ts';
import type { Store } from '#app/ports/repositories.ts';
import { temporaryStore } from './testing/temporary-store.ts';

function three(): { store: Store; project: ProjectId; ids: readonly [ClassId, ClassId, ClassId] } {
  const { store } = temporaryStore();
  const project = store.projects.create('plots').id;
  const [oak, elm, ash] = store.classes.add(project, [
    { name: 'oak', color: '#aa7700', key: '1' },
    { name: 'elm', color: '#00aa77', key: '2' },
    { name: 'ash', color: '#0077aa', key: null },
  ]);
  return { store, project, ids: [oak!.id, elm!.id, ash!.id] };
}

const shown = (store: Store, project: ProjectId): unknown =>
  store.classes.list(project).map(({ name, index, key }) => [name, index, key]);

it('takes a retired class off the list, closes the gap, and gives its name and key away', () => {
  const { store, project, ids } = three();
  store.classes.retire(ids[0]);
  expect(shown(store, project)).toEqual([
    ['elm', 0, '2'],
    ['ash', 1, null],
  ]);
  expect(store.classes.find(project, 'oak')).toBeNull();
  expect(store.classes.names(project).get(ids[0])).toBe('oak');
  const [again] = store.classes.add(project, [{ name: 'oak', color: '#000000', key: '1' }]);
  expect(again?.index).toBe(2);
});

it('puts a class back where it was, and without its key where another one has it', () => {
  const { store, project, ids } = three();
  store.classes.retire(ids[0]);
  store.classes.edit(ids[2], { key: '1' });
  store.classes.restore(ids[0]);
  expect(shown(store, project)).toEqual([
    ['oak', 0, null],
    ['elm', 1, '2'],
    ['ash', 2, '1'],
  ]);
});

it('does not put a class back beside another one of its name', () => {
  const { store, project, ids } = three();
  store.classes.retire(ids[0]);
  store.classes.edit(ids[1], { name: 'oak' });
  expect(() => store.classes.restore(ids[0])).toThrow(expect.objectContaining({ code: 'classes.name-taken' }));
  expect(store.classes.list(project)).toHaveLength(2);
});

it('does not retire a class that photos have', () => {
  const { store, project, ids } = three();
  const [photo] = store.photos.add(project, [
    { path: '/a', contentHash: null, bytes: 1, modifiedAt: 1, facts: null, reason: 'r', offeredClass: null },
  ]);
  store.labels.set(project, [{ photoId: photo!, classId: ids[1] }], { actor: 'ada', source: 'manual' });
  expect(() => store.classes.retire(ids[1])).toThrow(expect.objectContaining({ code: 'classes.in-use' }));
  expect(store.classes.list(project)).toHaveLength(3);
});

it('changes what is given and refuses a name or key of another class', () => {
  const { store, ids } = three();
  expect(store.classes.edit(ids[0], { color: '#123456' })).toMatchObject({ name: 'oak', color: '#123456', key: '1' });
  expect(store.classes.edit(ids[0], { key: null, name: 'birch' })).toMatchObject({ name: 'birch', key: null });
  expect(() => store.classes.edit(ids[0], { name: 'elm' })).toThrow(
    expect.objectContaining({ code: 'classes.name-taken' }),
  );
  expect(() => store.classes.edit(ids[0], { key: '2' })).toThrow(
    expect.objectContaining({ code: 'classes.key-taken' }),
  );
  expect(() => store.classes.edit(classId(99), { key: '2' })).toThrow(
    expect.objectContaining({ code: 'classes.unknown' }),
  );
});

it('orders classes anew, all of them or not at all', () => {
  const { store, project, ids } = three();
  const [oak, elm, ash] = ids;
  store.classes.arrange(project, [ash, oak, elm]);
  expect(store.classes.list(project).map(({ name }) => name)).toEqual(['ash', 'oak', 'elm']);
  expect(() => store.classes.arrange(project, [oak, elm])).toThrow(
    expect.objectContaining({ code: 'classes.order-incomplete' }),
  );
  expect(() => store.classes.arrange(project, [oak, oak, elm])).toThrow(
    expect.objectContaining({ code: 'classes.order-incomplete' }),
  );
  expect(() => store.classes.arrange(project, [oak, elm, classId(9)])).toThrow(
    expect.objectContaining({ code: 'classes.unknown' }),
  );
});

it('gives no photo a retired class', () => {
  const { store, project, ids } = three();
  const [photo] = store.photos.add(project, [
    { path: '/a', contentHash: null, bytes: 1, modifiedAt: 1, facts: null, reason: 'r', offeredClass: null },
  ]);
  store.classes.retire(ids[1]);
  expect(() =>
    store.labels.set(project, [{ photoId: photo!, classId: ids[1] }], { actor: 'ada', source: 'manual' }),
  ).toThrow(expect.objectContaining({ code: 'classes.unknown' }));
});
