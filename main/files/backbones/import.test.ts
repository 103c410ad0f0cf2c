import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plainVit } from '#app/domain/backbone.ts';
import type { BackboneDetails, BackboneSetting } from '#app/domain/backbone-details.ts';
import { AppError } from '#app/domain/errors.ts';
import type { BackboneHints, ImportedBackbone } from '#app/ports/files.ts';
import { encodeSafetensors, parseSafetensors, tensorBytes } from '#native-models/formats/safetensors.ts';
import type { TestTensor } from '../testing/checkpoints.ts';
import { checkpoint, float32, narrowed, vitMetadata, vitTensors } from '../testing/checkpoints.ts';
import { asNobody, isRoot } from '../testing/faults.ts';
import { embeddedBackbonePath, importBackbone, inspectBackbone } from './import.ts';

let folder = '';
let store = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backbones-'));
  store = join(folder, 'store');
  await mkdir(store);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(bytes: Uint8Array, name = 'model.safetensors'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function take(bytes: Uint8Array, hints?: BackboneHints, name?: string): Promise<ImportedBackbone> {
  return importBackbone(await put(bytes, name), store, hints);
}

/** The refusal; the store must then be empty. */
async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) return expect.fail(`no AppError but ${String(error)}`);
  expect(error.kind).toBe('expected');
  expect(await readdir(store)).toEqual([]);
  return error;
}

async function problems(bytes: Uint8Array, code: string): Promise<string> {
  const error = await refusal(take(bytes));
  expect(error).toMatchObject({ code, data: { path: join(folder, 'model.safetensors') } });
  expect(error.message).toContain(join(folder, 'model.safetensors'));
  return (error.data['problems'] as string[]).join('\n');
}

/** The questions of a checkpoint that is not taken without answers; the store keeps what it has. */
async function questionsOf(bytes: Uint8Array): Promise<unknown> {
  const error: unknown = await take(bytes).catch((thrown: unknown) => thrown);
  return error instanceof AppError ? error.data['questions'] : expect.fail('it was taken');
}

const changed = (name: string, change: (tensor: TestTensor) => TestTensor | null): Uint8Array =>
  checkpoint(
    vitTensors()
      .map((tensor) => (tensor.name === name ? change(tensor) : tensor))
      .filter((tensor) => tensor !== null),
  );

/** The identity as docs/backbones.md specifies it, written down once more. */
function specified(tensors: readonly TestTensor[], heads: number, epsilon: string): string {
  const hash = createHash('sha256').update(`dtl-studio backbone 1\nvit heads=${heads} layer_norm_eps=${epsilon}\n`);
  const sorted = [...tensors].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const { name, shape, data } of sorted) hash.update(`${name} ${shape.join('x')}\n`).update(data);
  return hash.digest('hex');
}

describe('importing a backbone', () => {
  it('stores it once, read-only, under its identity, with what is known of it', async () => {
    const bytes = checkpoint();
    const seen: { done: number; total: number }[] = [];
    const source = await put(bytes);
    const backbone = await importBackbone(source, store, {}, { onProgress: (progress) => seen.push(progress) });
    const identity = specified(vitTensors(), 3, '358637bd');
    const path = join(store, `${identity}.safetensors`);
    const total = vitTensors().reduce((sum, { data }) => sum + data.length, 0);
    expect(backbone).toEqual({
      identity,
      name: 'tiny_test',
      spec: {
        family: 'vit',
        imageSize: 8,
        patchSize: 4,
        width: 12,
        depth: 2,
        heads: 3,
        mlpWidth: 24,
        layerNormEps: 1e-6,
        ...plainVit,
      },
      mean: [0.1, 0.2, 0.3],
      std: [0.4, 0.5, 0.6],
      parameters: total / 4,
      dtype: 'float32',
      bytes: bytes.length,
      licence: 'Apache-2.0',
      path,
      tensorPrefix: '',
      details: {
        container: 'safetensors',
        naming: 'the names of timm',
        family: 'ViT',
        settings: [
          { name: 'heads', value: '3', from: 'its metadata' },
          { name: 'layerNormEps', value: '1e-6', from: 'its metadata' },
          { name: 'activation', value: 'exact GELU', from: 'every published ViT, DeiT, DINO, MAE like it' },
          { name: 'imageSize', value: '8', from: 'its tensors' },
          { name: 'mean', value: '0.1, 0.2, 0.3', from: 'its metadata' },
          { name: 'std', value: '0.4, 0.5, 0.6', from: 'its metadata' },
          { name: 'pooling', value: 'class', from: 'its tensors' },
          { name: 'licence', value: 'Apache-2.0', from: 'its metadata' },
        ],
        leftOut: [],
        notes: [],
      },
      alreadyStored: false,
    });
    expect(await readdir(store)).toEqual([`${identity}.safetensors`]);
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    expect((await stat(path)).mode & 0o777).toBe(0o444);
    expect(seen).toHaveLength(vitTensors().length);
    expect(seen.at(-1)).toEqual({ done: total, total });
  });

  it('takes the embedded backbone, with the identity that the documentation names', async () => {
    const backbone = await importBackbone(embeddedBackbonePath(), store);
    expect(backbone).toMatchObject({
      name: 'vit_tiny_patch16_224',
      dtype: 'float16',
      parameters: 5_524_416,
      licence: 'Apache-2.0',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      details: { leftOut: [], notes: [], family: 'ViT' },
    });
    expect(backbone.spec).toMatchObject({
      imageSize: 224,
      patchSize: 16,
      width: 192,
      depth: 12,
      heads: 3,
      mlpWidth: 768,
    });
    const docs = await readFile(new URL('../../../docs/backbones.md', import.meta.url), 'utf8');
    expect(docs).toContain(backbone.identity);
  });

  it('gives one identity to the same weights in another order, type, prefix or company', async () => {
    const plain = await take(checkpoint());
    const head = float32('head.weight', [10, 12]);
    const spellings: [Uint8Array, object][] = [
      [checkpoint(vitTensors().reverse()), {}],
      [checkpoint(vitTensors().map((tensor) => narrowed(tensor, 'float16'))), { dtype: 'float16' }],
      [checkpoint(vitTensors().map((tensor) => narrowed(tensor, 'bfloat16'))), { dtype: 'bfloat16' }],
      [
        checkpoint(vitTensors().map((tensor) => (tensor.shape.length > 1 ? narrowed(tensor, 'float16') : tensor))),
        { dtype: 'float16' },
      ],
      [checkpoint([...vitTensors(), head]), { details: { leftOut: ['head.weight'] } }],
      [
        checkpoint([...vitTensors().map((t) => ({ ...t, name: `module.backbone.${t.name}` })), head]),
        { tensorPrefix: 'module.backbone.', details: { leftOut: ['head.weight'] } },
      ],
    ];
    for (const [bytes, expected] of spellings) {
      await rm(store, { recursive: true });
      await mkdir(store);
      expect(await take(bytes)).toMatchObject({ identity: plain.identity, alreadyStored: false, ...expected });
    }
  });

  it('gives another identity to other weights, heads or epsilon, and the same to other statistics', async () => {
    const plain = (await take(checkpoint())).identity;
    const other = changed('norm.bias', ({ data, ...rest }) => ({ ...rest, data: data.with(44, 1) }));
    expect((await take(other)).identity).not.toBe(plain);
    expect((await take(checkpoint(), { heads: 4 })).identity).not.toBe(plain);
    expect((await take(checkpoint(undefined, { ...vitMetadata, layer_norm_eps: '1e-5' }))).identity).not.toBe(plain);
    expect((await take(checkpoint(undefined, { ...vitMetadata, std: '[1,1,1]' }))).identity).toBe(plain);
  });

  it('uses what is stored already, as it lies there', async () => {
    const first = await take(checkpoint(vitTensors().map((tensor) => narrowed(tensor, 'float16'))));
    const prefixed = checkpoint(vitTensors().map((tensor) => ({ ...tensor, name: `model.${tensor.name}` })));
    const second = await take(prefixed);
    expect(second).toMatchObject({
      path: first.path,
      alreadyStored: true,
      dtype: 'float16',
      tensorPrefix: '',
      bytes: first.bytes,
    });
    expect(await readdir(store)).toHaveLength(1);
  });

  it('replaces a stored file that was damaged', async () => {
    const { path } = await take(checkpoint());
    const good = await readFile(path);
    for (const damaged of [good.subarray(0, -4), Buffer.from(good).fill(0x3f, good.length - 4), Buffer.from('x')]) {
      await chmod(path, 0o644);
      await writeFile(path, damaged);
      expect(await take(checkpoint())).toMatchObject({ path, alreadyStored: false });
      expect(Buffer.compare(await readFile(path), good)).toBe(0);
    }
  });

  it('stops when it is told to and leaves nothing', async () => {
    const source = await put(checkpoint());
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await expect(importBackbone(source, store, {}, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect(await readdir(store)).toEqual([]);
  });
});

describe('what shapes do not tell', () => {
  const silent = (): Uint8Array => checkpoint(undefined, {});

  const statistics = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;
  const settingOf = (backbone: { details: BackboneDetails }, name: string): BackboneSetting | undefined =>
    backbone.details.settings.find((setting) => setting.name === name);

  it('has to be given where published networks differ, and is never guessed', async () => {
    const error = await refusal(take(silent()));
    expect(error).toMatchObject({ code: 'backbone.unknown-settings', data: { questions: ['heads', 'mean', 'std'] } });
    expect(error.message).toContain('attention heads, mean, standard deviation');
    expect(error.message).toContain('--heads N --mean R,G,B --std R,G,B');
    expect(await refusal(take(silent(), { heads: 2 }))).toMatchObject({ data: { questions: ['mean', 'std'] } });
    const backbone = await take(silent(), { heads: 2, name: 'mine', ...statistics });
    expect(backbone).toMatchObject({ name: 'mine', spec: { heads: 2, layerNormEps: 1e-6 }, mean: [0.5, 0.5, 0.5] });
    expect(settingOf(backbone, 'heads')).toEqual({ name: 'heads', value: '2', from: 'you' });
    expect(settingOf(backbone, 'layerNormEps')?.from).toBe('every published ViT, DeiT, DINO, MAE like it');
  });

  it('is asked for before anything is stored', async () => {
    const source = await put(silent());
    const found = await inspectBackbone(source, { heads: 2 });
    expect(found).toMatchObject({ name: 'model', container: 'safetensors', questions: ['mean', 'std'], variants: [] });
    expect(found.settings.find(({ name }) => name === 'mean')).toEqual({ name: 'mean', value: null, from: null });
    expect((await inspectBackbone(source, { heads: 2, ...statistics })).questions).toEqual([]);
    expect(await readdir(store)).toEqual([]);
  });

  it('is read from a config.json of Hugging Face beside the file', async () => {
    const config = {
      model_type: 'vit',
      hidden_size: 12,
      num_hidden_layers: 2,
      num_attention_heads: 6,
      hidden_act: 'gelu_new',
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, image_size: 8 }));
    const processor = {
      image_mean: [0.3, 0.3, 0.3],
      image_std: [0.2, 0.2, 0.2],
      do_center_crop: true,
      size: { shortest_edge: 256 },
      crop_size: { height: 224, width: 224 },
    };
    await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(processor));
    const backbone = await take(silent(), {}, 'vit.safetensors');
    expect(backbone).toMatchObject({
      name: 'vit',
      spec: { heads: 6, layerNormEps: 1e-12, activation: 'gelu-tanh' },
      mean: [0.3, 0.3, 0.3],
    });
    expect(settingOf(backbone, 'layerNormEps')?.from).toBe('config.json, which leaves it at what a "vit" has');
    expect(settingOf(backbone, 'crop')?.value).toBe('the middle 0.875 of the shorter side');
    // The library of the original has another one: the person is told, and can decide.
    expect(backbone.details.notes.join(' ')).toContain('--eps 1e-6');
    const asOriginal = await take(silent(), { layerNormEps: 1e-6 }, 'vit.safetensors');
    expect(asOriginal.details.notes).toEqual([]);
    expect(asOriginal.identity).not.toBe(backbone.identity);
  });

  it('is read from the image tower of a config.json of two towers, and from that of OpenCLIP', async () => {
    const vision = { hidden_size: 12, num_attention_heads: 4, hidden_act: 'quick_gelu', layer_norm_eps: 1e-5 };
    const config = {
      model_type: 'clip',
      hidden_act: 'gelu',
      vision_config: { ...vision, model_type: 'clip_vision_model' },
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    expect((await take(silent(), statistics)).spec).toMatchObject({
      heads: 4,
      activation: 'quick-gelu',
      layerNormEps: 1e-5,
    });
    await rm(join(folder, 'config.json'));
    const openClip = {
      model_cfg: {
        vision_cfg: { image_size: 8, layers: 2, width: 12, patch_size: 4, head_width: 4 },
        quick_gelu: true,
      },
      preprocess_cfg: { mean: [0.4, 0.4, 0.4], std: [0.3, 0.3, 0.3] },
    };
    await writeFile(join(folder, 'open_clip_config.json'), JSON.stringify(openClip));
    const backbone = await take(silent());
    expect(backbone).toMatchObject({ spec: { heads: 3, activation: 'quick-gelu' }, mean: [0.4, 0.4, 0.4] });
  });

  it('is read from a config.json of timm, by the published architecture that it names', async () => {
    const config = {
      architecture: 'vit_tiny_patch16_224',
      global_pool: 'avg',
      num_features: 192,
      pretrained_cfg: { tag: 'augreg_in21k', input_size: [3, 224, 224], crop_pct: 0.9, license: 'apache-2.0' },
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const { tensors } = parseSafetensors(await readFile(embeddedBackbonePath()), 'embedded');
    const file = parseSafetensors(await readFile(embeddedBackbonePath()), 'embedded');
    const bare = [...tensors.values()].map((entry) => ({ ...entry, data: tensorBytes(file, entry) }));
    const backbone = await take(encodeSafetensors(bare, {}));
    expect(backbone).toMatchObject({
      name: 'vit_tiny_patch16_224.augreg_in21k',
      spec: { heads: 3 },
      mean: [0.5, 0.5, 0.5],
      licence: 'apache-2.0',
    });
    const from = 'the published vit_tiny_patch16_224.augreg_in21k, which config.json says it is';
    expect(settingOf(backbone, 'heads')).toEqual({ name: 'heads', value: '3', from });
    await rm(join(folder, 'config.json'));
    // The statistics of AugReg and DeiT differ, so width and depth alone do not tell them; the file's own name does.
    expect(await questionsOf(encodeSafetensors(bare, {}))).toEqual(['mean', 'std']);
    const named = await take(encodeSafetensors(bare, {}), {}, 'deit_tiny_patch16_224.safetensors');
    expect(named.mean).toEqual([0.485, 0.456, 0.406]);
    expect(settingOf(named, 'mean')?.from).toBe(
      "the published deit_tiny_patch16_224, which the file's name says it is",
    );
    expect(settingOf(await take(encodeSafetensors(bare, {}), { variant: 'vit_tiny' }), 'std')?.from).toBe(
      'the published vit_tiny_patch16_224',
    );
  });

  it('is refused where it contradicts the tensors', async () => {
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({ hidden_size: 16, hidden_act: 'relu', image_mean: null }),
    );
    const found = await problems(
      checkpoint(undefined, { ...vitMetadata, depth: '3', num_heads: 'many', std: '[1, 0, 1]' }),
      'backbone.settings',
    );
    expect(found).toContain('its metadata, heads:');
    expect(found).toContain('config.json says a width of 16, the tensors say 12.');
    expect(found).toContain('config.json, activation: "relu" is not known');
    await writeFile(join(folder, 'config.json'), '[1]');
    expect(await problems(checkpoint(undefined, { ...vitMetadata, depth: '3' }), 'backbone.settings')).toContain(
      'JSON object',
    );
    await rm(join(folder, 'config.json'));
    expect(
      await problems(checkpoint(undefined, { ...vitMetadata, depth: '3', std: '[1,0,1]' }), 'backbone.settings'),
    ).toBe('its metadata says a depth of 3, the tensors say 2.\nA standard deviation of 1, 0, 1 cannot be divided by.');
    expect(await problems(checkpoint(undefined, { ...vitMetadata, num_heads: '5' }), 'backbone.settings')).toContain(
      '5 heads',
    );
  });

  it('does not take a variant of another size or of no known name', async () => {
    expect(await refusal(take(silent(), { variant: 'vit_base' }))).toMatchObject({ code: 'backbone.settings' });
    expect(await refusal(take(checkpoint(), { variant: 'vit_base' }))).toMatchObject({ code: 'backbone.settings' });
    expect(await refusal(take(silent(), { variant: 'resnet50' }))).toMatchObject({ code: 'backbone.variant' });
  });
});

describe('a checkpoint that cannot be used', () => {
  it('is refused with every tensor that is missing, surplus, mis-shaped or of a wrong type', async () => {
    const tensors = vitTensors()
      .filter(({ name }) => name !== 'blocks.1.attn.qkv.bias' && name !== 'cls_token')
      .map((tensor): TestTensor => {
        if (tensor.name === 'blocks.0.mlp.fc2.weight') return { ...tensor, shape: [24, 12] };
        if (tensor.name !== 'norm.weight') return tensor;
        return { name: 'norm.weight', dtype: 'int64', shape: [12], data: new Uint8Array(96) };
      });
    const found = await problems(checkpoint([...tensors, float32('blocks.0.ls3.gamma', [12])]), 'backbone.tensors');
    expect(found.split('\n').sort()).toEqual([
      'The tensor "blocks.0.mlp.fc2.weight" has the shape [24, 12], needed is [12, 24].',
      'The tensor "blocks.1.attn.qkv.bias" is missing.',
      'The tensor "cls_token" is missing.',
      'The tensor "norm.weight" holds int64, needed is one of float32, float16, bfloat16, float64.',
      'There is a tensor "blocks.0.ls3.gamma" too many.',
    ]);
  });

  it.each<[string, () => Uint8Array, string]>([
    ['no ViT', () => checkpoint([float32('conv1.weight', [4])]), 'It is no known backbone'],
    [
      'two networks',
      () => checkpoint([...vitTensors(), float32('ema.patch_embed.proj.weight', [1])]),
      '"patch_embed.proj.weight", "ema.patch_embed.proj.weight"',
    ],
    [
      'patches that are not square',
      () => changed('patch_embed.proj.weight', (t) => ({ ...t, shape: [12, 3, 2, 8] })),
      'square patches',
    ],
    [
      'grey patches',
      () => changed('patch_embed.proj.weight', (t) => ({ ...t, shape: [36, 1, 4, 4] })),
      'square patches of RGB',
    ],
    ['positions of another width', () => changed('pos_embed', (t) => ({ ...t, shape: [1, 12, 5] })), '[1, n, 12]'],
    ['positions of no square', () => changed('pos_embed', () => float32('pos_embed', [1, 7, 12])), 'a square number'],
    ['no positions', () => changed('pos_embed', () => null), '"pos_embed" is missing'],
    [
      'a block in between',
      () => checkpoint([...vitTensors(), float32('blocks.3.norm1.weight', [12])]),
      '"blocks.2.norm1.weight" is missing',
    ],
    [
      'a billion blocks',
      () => checkpoint([...vitTensors(), float32('blocks.999999999.norm1.weight', [12])]),
      'up to 1024 blocks',
    ],
  ])('is refused for %s', async (_, bytes, expected) => {
    expect(await problems(bytes(), 'backbone.tensors')).toContain(expected);
  });

  it.each([NaN, Infinity, -Infinity])('is refused for a %f, naming its place', async (bad) => {
    const bytes = changed('blocks.1.mlp.fc1.weight', ({ name, shape }) =>
      float32(name, shape, (i) => (i === 30 ? bad : 0)),
    );
    const error = await refusal(take(bytes));
    expect(error).toMatchObject({
      code: 'backbone.not-finite',
      data: { tensor: 'blocks.1.mlp.fc1.weight', position: '[2, 6]' },
    });
    expect(error.message).toContain(`"blocks.1.mlp.fc1.weight" is ${bad} at [2, 6]`);
  });

  it('is refused when it is cut off, missing, a folder, or a file of PyTorch', async () => {
    const cut = await refusal(take(checkpoint().subarray(0, -1)));
    expect(cut).toMatchObject({ code: 'backbone.damaged', data: { reason: 'safetensors.out-of-range' } });
    expect(cut.message).toContain('Nothing was added to the store');
    expect(await refusal(take(Buffer.from('PK\x03\x04')))).toMatchObject({ code: 'backbone.damaged' });
    expect(await refusal(importBackbone(join(folder, 'none'), store))).toMatchObject({ code: 'files.missing' });
    expect(await refusal(importBackbone(folder, store))).toMatchObject({ code: 'files.is-a-folder' });
    const torch = await refusal(take(Buffer.from('PK\x03\x04'), {}, 'model.pth'));
    expect(torch).toMatchObject({ code: 'backbone.pickle' });
    expect(torch.message).toContain('weights_only=True');
  });

  it.skipIf(!isRoot)('is not copied into a store that may not be written (as another user than root)', async () => {
    await chmod(folder, 0o755);
    const source = await put(checkpoint());
    const error = await refusal(asNobody(() => importBackbone(source, store)));
    expect(error).toMatchObject({ code: 'files.no-permission' });
  });
});
