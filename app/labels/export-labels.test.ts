import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newPhoto } from '#main/db/testing/samples.ts';
import { temporaryStore } from '#main/db/testing/temporary-store.ts';
import type { Project } from '../domain/project.ts';
import type { Cell, LabelRow } from '../ports/files.ts';
import type { Store } from '../ports/repositories.ts';
import { labelRows } from './export-labels.ts';
import { importLabelTable } from './import-label-table.ts';

interface Layout {
  readonly paths: readonly string[];
  readonly folders: readonly string[];
}

function laidOut(store: Store, name: string, { paths, folders }: Layout): Project {
  const project = store.projects.create(name);
  store.photos.add(
    project.id,
    paths.map((path, n) => newPhoto(n + 1, { path })),
  );
  for (const folder of folders) store.projects.rememberFolder(project.id, folder);
  return project;
}

/** One class a photo, so that a label on another photo shows. */
function label(store: Store, project: Project, paths: readonly string[]): void {
  const classes = store.classes.add(
    project.id,
    paths.map((_, at) => ({ name: `class ${at}`, color: '#aa7700', key: null })),
  );
  store.labels.set(
    project.id,
    classes.map(({ id }, at) => ({ photoId: store.photos.find(project.id, paths[at]!)!.id, classId: id })),
    { actor: 'ada', source: 'manual' },
  );
}

function labelsOf(store: Store, project: Project): readonly (readonly Cell[])[] {
  const names = store.classes.names(project.id);
  return store.photos.list(project.id).map(({ path, classId }) => [path, names.get(classId!) ?? null]);
}

async function readBack(store: Store, project: Project, rows: readonly (readonly Cell[])[], folder: string) {
  const read = rows.map(([fileName, named], at): LabelRow => ({
    line: at + 2,
    fileName: String(fileName),
    label: String(named),
    split: null,
    group: null,
  }));
  const tables = {
    readLabels: () => Promise.resolve({ kind: 'csv' as const, rows: read, repeated: 0 }),
    writeCsv: () => Promise.resolve(),
    csvLine: () => '',
  };
  const request = { path: `${folder}/labels.csv`, folder, skipMissing: false };
  return importLabelTable({ store, actor: () => 'eve', tables }, project, request);
}

it('writes a path in full where a photo without a label has its name', async () => {
  const { store } = temporaryStore();
  const layout: Layout = { paths: ['/a/1.jpg', '/a/2.jpg', '/b/1.jpg'], folders: ['/a', '/b'] };
  const project = laidOut(store, 'from', layout);
  label(store, project, ['/a/2.jpg', '/b/1.jpg']);
  const rows = labelRows({ store }, project);
  expect(rows.map(([name]) => name)).toEqual(['2.jpg', '/b/1.jpg']);
  const other = laidOut(store, 'to', layout);
  await readBack(store, other, rows, '/tables');
  expect(labelsOf(store, other)).toEqual(labelsOf(store, project));
});

it('refuses a name that photos of two imported folders have, and changes no label', async () => {
  const { store } = temporaryStore();
  const project = laidOut(store, 'plots', { paths: ['/a/1.jpg', '/b/1.jpg'], folders: ['/a', '/b'] });
  await expect(readBack(store, project, [['1.jpg', 'cat']], '/tables')).rejects.toMatchObject({
    code: 'labels.ambiguous-files',
    message: expect.stringContaining('Write their full paths.') as string,
  });
  expect(store.labels.revision(project.id)).toBe(0);
});

it('writes what is read back to the same photos, whatever the folders and names, wherever the table lies', async () => {
  const part = fc.constantFrom('a', 'b', 'n\u00e9', 'ne\u0301');
  const folder = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
  const path = fc
    .tuple(folder, fc.constantFrom('1.jpg', '2.jpg', '\u00fc.jpg', 'u\u0308.jpg'))
    .map(([where, name]) => `${where}/${name}`);
  const layouts = fc.record({
    paths: fc.uniqueArray(path, { minLength: 1, maxLength: 8 }),
    folders: fc.uniqueArray(folder, { maxLength: 3 }),
  });
  const { store } = temporaryStore();
  let n = 0;
  await fc.assert(
    fc.asyncProperty(layouts, fc.nat(), folder, async (layout, seed, where) => {
      n += 1;
      const project = laidOut(store, `from ${n}`, layout);
      const some = layout.paths.filter((_, at) => at === seed % layout.paths.length || (seed >> at) % 2 === 1);
      label(store, project, some);
      const other = laidOut(store, `to ${n}`, layout);
      await readBack(store, other, labelRows({ store }, project), where);
      expect(labelsOf(store, other)).toEqual(labelsOf(store, project));
    }),
    { numRuns: 200 },
  );
});
