import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { importFolder } from '#app/library/import-folder.ts';
import type { ImageStore } from '#app/ports/images.ts';
import { temporaryStore } from '../db/testing/temporary-store.ts';
import { pictureCache } from '../files/cache/picture-cache.ts';
import { createImageStore } from '../images/image-store.ts';
import { undecodable } from '../images/undecodable.ts';
import { photoFiles } from './files.ts';
import { renderSamplePhotos } from './samples.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-passing-'));
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 1, size: 32 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('takes a photo the next time where only the disk, the memory or a permission was in the way', async () => {
  const images = createImageStore();
  const faults = [
    (path: string) => undecodable(path, 'the disk reports a read error', undefined, true),
    (path: string) => undecodable(path, 'the file is truncated'),
  ];
  const failing: ImageStore = {
    ...images,
    facts: async (path, signal, keep) => {
      const fault = faults.shift();
      if (fault !== undefined) throw fault(path);
      return images.facts(path, signal, keep);
    },
  };
  const { store } = temporaryStore();
  const ports = { store, photoFiles, images: failing, thumbnails: pictureCache(join(folder, 'thumbnails')) };
  const project = store.projects.create('p');
  const first = await importFolder(ports, project, join(folder, 'photos'));
  expect(first.unreadable).toEqual([expect.objectContaining({ reason: 'the disk reports a read error' })]);
  expect(first.undecodable).toEqual([expect.objectContaining({ reason: 'the file is truncated' })]);
  expect(first.added).toBe(first.found - 1);
  const second = await importFolder(ports, project, join(folder, 'photos'));
  expect(second).toMatchObject({ added: 1, unreadable: [], undecodable: [], undecodableBefore: 1 });
});
