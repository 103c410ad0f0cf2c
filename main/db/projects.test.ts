import { expect, it } from 'vitest';
import { classId, projectId } from '#app/domain/id-of.ts';
import { newPhoto } from './testing/samples.ts';
import { temporaryStore } from './testing/temporary-store.ts';

it('creates projects and lists them by name', () => {
  const { store } = temporaryStore();
  const plots = store.projects.create('plots');
  const leaves = store.projects.create('leaves');
  expect(plots).toEqual({ id: plots.id, name: 'plots', createdAt: 1000, labelRevision: 0, openedAt: null });
  expect(store.projects.list()).toEqual([leaves, plots]);
  expect(store.projects.find('plots')).toEqual(plots);
  expect(store.projects.find('Plots')).toBeNull();
  expect(store.projects.get(leaves.id)).toEqual(leaves);
});

it('refuses a second project of the same name', () => {
  const { store } = temporaryStore();
  store.projects.create('plots');
  expect(() => store.projects.create('plots')).toThrow(expect.objectContaining({ code: 'projects.name-taken' }));
});

it('says that a project does not exist', () => {
  const { store } = temporaryStore();
  expect(() => store.projects.get(projectId(9))).toThrow(expect.objectContaining({ code: 'projects.unknown' }));
});

it('remembers each imported folder once, with its last import', () => {
  const { store } = temporaryStore();
  const { id } = store.projects.create('plots');
  store.projects.rememberFolder(id, '/photos/b');
  store.projects.rememberFolder(id, '/photos/a');
  store.projects.rememberFolder(id, '/photos/b');
  expect(store.projects.folders(id)).toEqual([
    { path: '/photos/a', importedAt: 1002 },
    { path: '/photos/b', importedAt: 1003 },
  ]);
});

it('appends classes in the given order and finds them by exact name', () => {
  const { store } = temporaryStore();
  const { id } = store.projects.create('plots');
  const [oak] = store.classes.add(id, [{ name: 'oak', color: '#aa7700', key: '1' }]);
  const [elm, ash] = store.classes.add(id, [
    { name: 'elm', color: '#00aa77', key: null },
    { name: 'ash', color: '#0077aa', key: null },
  ]);
  expect(store.classes.list(id)).toEqual([oak, elm, ash]);
  expect([oak?.index, elm?.index, ash?.index]).toEqual([0, 1, 2]);
  expect(store.classes.find(id, 'elm')).toEqual(elm);
  expect(store.classes.find(id, 'Elm')).toBeNull();
});

it('adds none of several classes when one name or key is taken', () => {
  const { store } = temporaryStore();
  const { id } = store.projects.create('plots');
  store.classes.add(id, [{ name: 'oak', color: '#aa7700', key: '1' }]);
  const elm = { name: 'elm', color: '#00aa77', key: '2' };
  expect(() => store.classes.add(id, [elm, { name: 'oak', color: '#000000', key: null }])).toThrow(
    expect.objectContaining({ code: 'classes.name-taken' }),
  );
  expect(() => store.classes.add(id, [elm, { name: 'ash', color: '#000000', key: '1' }])).toThrow(
    expect.objectContaining({ code: 'classes.key-taken', data: { key: '1', name: 'oak' } }),
  );
  expect(store.classes.list(id).map((known) => known.name)).toEqual(['oak']);
});

it('lets two projects have classes of the same name and key', () => {
  const { store } = temporaryStore();
  for (const name of ['plots', 'leaves']) {
    const { id } = store.projects.create(name);
    store.classes.add(id, [{ name: 'oak', color: '#aa7700', key: '1' }]);
    expect(store.classes.list(id)).toHaveLength(1);
  }
  expect(store.classes.find(projectId(2), 'oak')?.id).toBe(classId(2));
});

it('renames a project, and not to the name of another', () => {
  const { store } = temporaryStore();
  const plots = store.projects.create('plots').id;
  store.projects.create('leaves');
  expect(store.projects.rename(plots, 'fields').name).toBe('fields');
  expect(store.projects.rename(plots, 'fields').name).toBe('fields');
  expect(() => store.projects.rename(plots, 'leaves')).toThrow(
    expect.objectContaining({ code: 'projects.name-taken' }),
  );
  expect(store.projects.get(plots).name).toBe('fields');
});

it('notes when a project was opened, and forgets a folder without its photos', () => {
  const { store } = temporaryStore();
  const { id } = store.projects.create('plots');
  expect(store.projects.markOpened(id).openedAt).toBeGreaterThan(1000);
  const [photo] = store.photos.add(id, [newPhoto(1)]);
  store.projects.rememberFolder(id, '/photos');
  store.projects.forgetFolder(id, '/photos');
  expect(store.projects.folders(id)).toEqual([]);
  expect(store.photos.get(photo!).state).toBe('ok');
});
