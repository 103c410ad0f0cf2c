import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { createUploads, LARGEST_UPLOAD } from './uploads.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-uploads-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

async function* chunks(...parts: readonly Uint8Array[]) {
  yield* parts;
}

it('keeps what was sent under a name that nobody can guess', async () => {
  const uploads = await createUploads(folder);
  const [one, two] = [
    await uploads.receive(chunks(Buffer.from('pa'), Buffer.from('ck'))),
    await uploads.receive(chunks()),
  ];
  expect(one).toMatch(/^[0-9a-f]{32}$/);
  expect(one).not.toBe(two);
  expect(await readFile(await uploads.path(one), 'utf8')).toBe('pack');
});

it('refuses what is too large and keeps nothing of it', async () => {
  const uploads = await createUploads(folder);
  const half = new Uint8Array(LARGEST_UPLOAD / 2 + 1);
  await expect(uploads.receive(chunks(half, half))).rejects.toThrow('64 MB');
  expect(await readdir(folder)).toEqual([]);
});

it('says that the disk is full and keeps nothing', async () => {
  const uploads = await createUploads(folder);
  async function* broken() {
    yield Buffer.from('half of it');
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }
  await expect(uploads.receive(broken())).rejects.toMatchObject({ code: 'files.disk-full', kind: 'expected' });
  expect(await readdir(folder)).toEqual([]);
});

it('knows only what was sent to it, and forgets what an earlier process left', async () => {
  await writeFile(join(folder, 'a'.repeat(32)), 'old');
  const uploads = await createUploads(folder);
  await expect(uploads.path('a'.repeat(32))).rejects.toMatchObject({ code: 'files.upload-gone' });
  await expect(uploads.path('../secret')).rejects.toMatchObject({ code: 'files.upload-gone' });
});
