/** Backbones of a profile: what is said of them changes, another function is another one, and what is needed stays. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newBackbone } from '../db/testing/samples.ts';
import { openStore } from '../db/store.ts';
import { checkpoint } from '../files/testing/checkpoints.ts';
import { openCore } from './open-core.ts';

let folder: string;
let core: Awaited<ReturnType<typeof openCore>>;
const open = async (): Promise<void> => {
  core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write' });
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-backbones-'));
  await writeFile(join(folder, 'tiny.safetensors'), checkpoint());
  await open();
});
afterEach(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

it('keeps where each setting was found, and changes name and statistics in place', async () => {
  const { backbone } = await core.backbones.import(join(folder, 'tiny.safetensors'), {});
  const changed = await core.backbones.edit(backbone.identity, { name: 'mine', mean: [0.5, 0.5, 0.5], heads: 3 });
  expect(changed).toMatchObject({ another: false, backbone: { identity: backbone.identity, name: 'mine' } });
  core.close();
  await open();
  const { details, mean, std } = await core.backbones.named('mine');
  expect([mean, std]).toEqual([[0.5, 0.5, 0.5], backbone.std]);
  expect(details?.settings).toContainEqual({ name: 'mean', value: '0.5, 0.5, 0.5', from: 'you' });
  expect(details?.settings).toContainEqual({ name: 'heads', value: '3', from: 'its metadata' });
  // The same file again says otherwise, and what was set by hand stays.
  const again = await core.backbones.import(join(folder, 'tiny.safetensors'), {});
  expect(again).toMatchObject({ alreadyStored: true, backbone: { name: 'mine', mean: [0.5, 0.5, 0.5] } });
  expect(again.differences.join(' ')).toContain('Its mean stays');
  await expect(core.backbones.edit(backbone.identity, {})).rejects.toMatchObject({
    code: 'backbones.nothing-to-change',
  });
});

it('makes another backbone of the same weights where the function changes', async () => {
  const { backbone } = await core.backbones.import(join(folder, 'tiny.safetensors'), {});
  const { backbone: larger, another } = await core.backbones.edit(backbone.identity, {
    imageSize: 16,
    activation: 'quick-gelu',
  });
  expect(another).toBe(true);
  expect(larger).toMatchObject({
    name: 'tiny_test (quick-gelu, 16 px)',
    spec: { imageSize: 16, activation: 'quick-gelu' },
  });
  expect(larger.details?.settings).toContainEqual({ name: 'heads', value: '3', from: 'its metadata' });
  expect(larger.details?.settings).toContainEqual({ name: 'imageSize', value: '16', from: 'you' });
  expect((await core.backbones.named('tiny_test')).spec).toEqual(backbone.spec);
  await expect(core.backbones.edit(backbone.identity, { heads: 5 })).rejects.toMatchObject({
    code: 'backbone.settings',
  });
});

it('removes a backbone with its file, but not one that a pack needs or that comes with the program', async () => {
  const { backbone } = await core.backbones.import(join(folder, 'tiny.safetensors'), {});
  const [embedded] = (await core.backbones.list()).filter(({ source }) => source === 'embedded');
  await expect(core.backbones.remove(embedded?.identity ?? newBackbone.identity)).rejects.toMatchObject({
    code: 'backbones.embedded',
  });
  core.close();
  const store = openStore(join(folder, 'home', 'dtl-studio.sqlite'), { now: Date.now });
  const pack = store.packs.add({
    name: 'shells',
    path: 'packs/shells.safetensors',
    sha256: 'a'.repeat(64),
    bytes: 1,
    state: 'verified',
    backbone: backbone.identity,
    backboneName: backbone.name,
    runId: null,
    classNames: ['a'],
    method: { name: 'linear' },
  });
  store.close();
  await open();
  const refusal = await core.backbones.remove(backbone.identity).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'backbones.needed', data: { packs: ['shells'], runs: [] } });
  expect(String(refusal)).toContain('1 pack ("shells")');
  await core.packs.remove(pack.id);
  expect(await core.backbones.remove(backbone.identity)).toMatchObject({ name: 'tiny_test' });
  expect(await readdir(join(folder, 'home', 'backbones'))).toEqual([`${embedded?.identity ?? ''}.safetensors`]);
});
