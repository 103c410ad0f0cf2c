import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolder, partialOwner, partialPath, replaceFile } from './write-atomic.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-atomic-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('shows nobody a file before it is whole', async () => {
  const path = join(folder, 'pack');
  await writeFile(path, 'old');
  await replaceFile(path, async (file) => {
    await file.writeFile('ne');
    expect(await readFile(path, 'utf8')).toBe('old');
    await file.writeFile('w');
  });
  expect(await readFile(path, 'utf8')).toBe('new');
  expect(await readdir(folder)).toEqual(['pack']);
});

it('lets two writers of one file finish, one after the other', async () => {
  const path = join(folder, 'pack');
  const texts = ['a'.repeat(100_000), 'b'.repeat(100_000)];
  await Promise.all(texts.map((text) => replaceFile(path, (file) => file.writeFile(text))));
  expect(texts).toContain(await readFile(path, 'utf8'));
  expect(await readdir(folder)).toEqual(['pack']);
});

it('tells in the name of a partial file whose it is, whatever the file is called', () => {
  for (const name of ['a.safetensors', '.hidden', 'x.1-00000000000f.partial', 'line\nbreak']) {
    expect(partialOwner(basename(partialPath(join(folder, name))))).toBe(process.pid);
  }
  for (const name of ['a.partial', '.a.partial', 'a.12-0123456789ab.partial', '.a.12-0123456789ab.partial.gz']) {
    expect(partialOwner(name)).toBeNull();
  }
});

it('makes a folder with all above it, once', async () => {
  const path = join(folder, 'a', 'b');
  await makeFolder(path);
  await makeFolder(path);
  expect((await stat(path)).isDirectory()).toBe(true);
  await writeFile(join(folder, 'file'), '');
  await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(folder, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});
