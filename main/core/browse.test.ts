import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { insideRoots } from './api/inside-roots.ts';
import { openRoots } from './browse.ts';

let folder: string;
let root: string;
beforeEach(async () => {
  folder = realpathSync(await mkdtemp(join(tmpdir(), 'dtl-browse-')));
  root = join(folder, 'root');
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(root, 'plots 2'), { recursive: true });
  await mkdir(join(root, 'plots 10'));
  await mkdir(join(root, '.hidden'));
  await mkdir(join(folder, 'root-beside'));
  for (const name of ['a.jpg', 'b.TIF', 'notes.txt', '.c.jpg', 'vit.safetensors'])
    await writeFile(join(root, name), '1');
  await writeFile(join(root, 'plots 2', 'one.png'), '');
  await symlink(folder, join(root, 'way-out'));
});

it('lists folders by name as people order them, counts photos, and leaves out what is hidden', async () => {
  const { browse } = await openRoots([root]);
  const page = await browse(null, 'folders');
  expect(page).toMatchObject({ path: root, parent: null, roots: [root], cut: false, photos: 2 });
  expect(page.entries.map(({ name }) => name)).toEqual(['plots 2', 'plots 10']);
  expect(await browse(join(root, 'plots 2'), 'folders')).toMatchObject({ parent: root, photos: 1, entries: [] });
});

it('shows backbone files where one is looked for', async () => {
  const { entries } = await (await openRoots([root])).browse(root, 'backbones');
  expect(entries.at(-1)).toEqual({
    name: 'vit.safetensors',
    path: join(root, 'vit.safetensors'),
    kind: 'file',
    bytes: 1,
  });
});

it('lets nobody out of its roots: not up, not beside, not through a link', async () => {
  const { browse, inside } = await openRoots([root]);
  const ways = [
    folder,
    join(root, '..'),
    `${root}-beside`,
    '/',
    join(root, 'way-out'),
    join(root, 'way-out', 'root-beside'),
  ];
  for (const way of ways) {
    await expect(browse(way, 'folders')).rejects.toMatchObject({ code: 'files.outside-roots' });
    await expect(inside(way)).rejects.toMatchObject({ code: 'files.outside-roots' });
  }
  // Whether something is there outside is not told either.
  await expect(inside(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'files.outside-roots' });
  await expect(browse(join(root, 'nowhere'), 'folders')).rejects.toMatchObject({ code: 'files.not-there' });
  await expect(browse(join(root, 'a.jpg'), 'folders')).rejects.toMatchObject({ code: 'files.unreadable' });
});

it('holds for every procedure that is given a place', async () => {
  const check = insideRoots(await openRoots([root]));
  const ask = (input: unknown): Promise<unknown> => check({ input, next: () => Promise.resolve('done') });
  expect(await ask({ folder: join(root, 'plots 2') })).toBe('done');
  expect(await ask({ project: 1, from: '/gone', to: root })).toBe('done');
  expect(await ask(undefined)).toBe('done');
  const inputs = [
    { folder },
    { file: join(folder, 'x') },
    { from: root, to: folder },
    // Fields that the procedure drops.
    { folder, file: 5 },
    { folder, to: {} },
    { file: join(folder, 'x'), folder: null },
  ];
  for (const input of inputs) {
    await expect(ask(input)).rejects.toMatchObject({ code: 'files.outside-roots' });
  }
});

it('starts with the roots that are there, and not without any', async () => {
  expect((await (await openRoots([join(folder, 'gone'), root])).browse(null, 'folders')).roots).toEqual([root]);
  await expect(openRoots([join(folder, 'gone')])).rejects.toMatchObject({ code: 'files.no-roots' });
});
