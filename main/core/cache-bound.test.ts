import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Project } from '#app/domain/project.ts';
import { scriptedEngine } from '#app/testing/scripted-engine.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';
import { trainRequest as request } from './testing/train-request.ts';

let folder: string;
let core: Core;
let project: Project;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-cache-bound-'));
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 5, size: 32 });
  core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write', engine: scriptedEngine({}) });
  project = core.projects.create('p');
  await core.library.import(project, join(folder, 'photos'));
  core.labels.fromFolders(project, { folder: null, overwrite: false });
});

afterEach(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

describe('features that were asked for', () => {
  it('are refused where the cache has no room for them, before anything starts, with both sizes', async () => {
    core.settings.set({ featureCacheBytes: 1e6 });
    const asked = { ...request, plan: { cache: 'float32' as const } };
    const words = /^The frozen features of \d+ photos take 0\.\d\d GB, and the feature cache may take 0\.00 GB/;
    const { problems } = await core.runs.dryRun(project, asked);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(words);
    expect(problems[0]).toContain('Raise the limit or free some space, or train without the cache.');
    expect(problems[0]).not.toContain('Nothing was started');
    await expect(core.runs.prepare(project, asked)).rejects.toMatchObject({ code: 'train.cache' });
    expect(core.runs.list(project)).toEqual([]);
    // Half precision is offered where it has room.
    const { cacheBytes } = await core.runs.dryRun(project, asked);
    core.settings.set({ featureCacheBytes: Math.ceil(0.6 * cacheBytes) });
    const { problems: helped } = await core.runs.dryRun(project, asked);
    expect(helped[0]).toContain('keep features in half precision, or train without the cache.');
    core.settings.set({ featureCacheBytes: 1e6 });
    // Chosen by the program there is none, and the pixels are what the disk has to take.
    const free = await core.runs.dryRun(project, request);
    expect(free).toMatchObject({ cache: 'none', cacheBytes: 0, problems: [] });
    const { train, validation, test } = free.photos;
    expect(free.scratchBytes).toBe((train + validation + test) * 3 * 224 ** 2);
  });

  it('are no problem of a linear probe, which keeps none', async () => {
    core.settings.set({ featureCacheBytes: 1e6 });
    const asked = { ...request, method: 'linear' as const, plan: { cache: 'float32' as const } };
    expect(await core.runs.dryRun(project, asked)).toMatchObject({ problems: [], scratchBytes: 0 });
  });

  it('are refused beside augmentation by the preview as by the run', async () => {
    const asked = { ...request, recipeChanges: { augmentation: 'flip' as const }, plan: { cache: 'float16' as const } };
    const { problems } = await core.runs.dryRun(project, asked);
    expect(problems).toEqual([expect.stringContaining('Augmentation changes every photo at every step')]);
    await expect(core.runs.prepare(project, asked)).rejects.toMatchObject({ code: 'train.cache' });
  });
});

it('gives up what was not used for longest as soon as a smaller bound is set, and everything for 0', async () => {
  const cache = join(folder, 'home', 'cache', 'features');
  await mkdir(cache, { recursive: true });
  for (const [at, name] of ['b', 'c', 'a'].entries()) {
    const path = join(cache, `${name}.features`);
    await writeFile(path, Buffer.alloc(1000));
    await utimes(path, 1000 + at, 1000 + at);
  }
  core.settings.set({ featureCacheBytes: 10_000 });
  expect(core.settings.featureCache()).toMatchObject({ usedBytes: 3000, limitBytes: 10_000 });
  core.settings.set({ theme: 'dark' });
  expect((await readdir(cache)).sort()).toEqual(['a.features', 'b.features', 'c.features']);
  core.settings.set({ featureCacheBytes: 2500 });
  expect((await readdir(cache)).sort()).toEqual(['a.features', 'c.features']);
  core.settings.set({ featureCacheBytes: 0 });
  expect(await readdir(cache)).toEqual([]);
});
