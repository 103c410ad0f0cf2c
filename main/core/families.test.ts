/** From photos to a pack on a backbone of each family, with a real engine process. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backboneIdentity } from '#app/domain/id-of.ts';
import type { MethodSettings } from '#app/domain/method-defaults.ts';
import type { Project } from '#app/domain/project.ts';
import { sideParameterCount } from '#app/domain/side-parameters.ts';
import { openStore } from '../db/store.ts';
import { newBackbone } from '../db/testing/samples.ts';
import { writeTinyBackbone } from '../engine/testing/tiny-backbone.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';
import type { TrainRequest } from './use-cases.ts';

const variants = ['test_swin_2_2_4_2', 'test_vit_registers_4x12', 'test_vit_siglip_4x12'] as const;

let folder: string;
let core: Core;
let project: Project;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-families-'));
  const home = join(folder, 'home');
  const open = async (): Promise<Core> => openCore({ home, what: 'a test', access: 'write' });
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 5, size: 32, classes: 3 });
  core = await open();
  project = core.projects.create('p');
  await core.library.import(project, join(folder, 'photos'));
  core.labels.fromFolders(project, { folder: null, overwrite: false });
  core.close();
  await mkdir(join(home, 'backbones'), { recursive: true });
  const store = openStore(join(home, 'dtl-studio.sqlite'), { now: Date.now });
  for (const [number, name] of variants.entries()) {
    const path = `backbones/${name}.safetensors`;
    const spec = await writeTinyBackbone(join(home, path), name);
    store.backbones.add({ ...newBackbone, identity: backboneIdentity(String(number).repeat(64)), name, spec, path });
  }
  store.close();
  core = await open();
});

afterAll(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

const request = (backbone: string, methodSettings: MethodSettings): TrainRequest => ({
  split: null,
  backbone,
  method: 'dtl+',
  methodSettings,
  recipe: 'default',
  recipeChanges: { epochs: 2 },
  device: null,
  // Half-precision features would leave three digits to compare.
  plan: { threads: 1, cache: 'float32' },
  seed: 5,
  fit: 'squash',
  sixteenBit: 'full-range',
  name: null,
  note: '',
});

it.each([
  ['test_swin_2_2_4_2', 'sets of its own', { kernel: 3, extract: [1, 5], adapt: [1, 6] }, { kernel: 3, adapt: [1, 6] }],
  ['test_vit_registers_4x12', 'sets of its own', { extract: [1, 3], adapt: [1, 3] }, { extract: [1, 3] }],
  ['test_vit_siglip_4x12', 'every block', { kernel: 4, adapt: 'all' }, { kernel: 4, adapt: [0, 1, 2, 3] }],
] as const)(
  'trains on %s with %s, and its pack says in another process what the run said',
  async (name, _, settings, method) => {
    const { run } = await core.runs.prepare(project, request(name, settings));
    expect(run.config.method).toMatchObject(method);
    const outcome = await core.runs.execute(run);
    expect(outcome.run).toMatchObject({ state: 'finished', error: null });
    const { spec } = (await core.backbones.list()).find((one) => one.name === name) ?? expect.fail();
    expect(outcome.run.result?.sideParameters).toBe(sideParameterCount(run.config.method, spec));
    const losses = core.runs.show(outcome.run).metrics.flatMap(({ trainLoss }) => trainLoss ?? []);
    expect(losses).toHaveLength(2);
    expect(losses.every(Number.isFinite)).toBe(true);

    // Writing the pack records a self-test, opening the file replays it in a process of its own.
    const path = join(folder, 'pack.safetensors');
    await core.packs.export(outcome.run, path);
    const pack = await core.predict.open(path, path);
    expect(pack.content.backbone.spec).toEqual(spec);
    const tested = core.runs.predictions(outcome.run, 'test');
    const photos = tested.map((photo) => ({ path: photo.path, name: photo.path }));
    const [said] = await core.predict.run([pack], photos);
    const predicted = said?.photos ?? [];
    expect(predicted).toHaveLength(3);
    for (const [at, { logits }] of predicted.entries()) {
      logits.forEach((value, c) => expect(value).toBeCloseTo(tested[at]!.logits[c]!, 4));
    }
  },
  // Five engine processes, one after the other.
  120_000,
);
