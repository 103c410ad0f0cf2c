/** The published weights' spellings: every family under the names of timm, Hugging Face (before and since version 5), the original code and Google. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BackboneHints, ImportedBackbone } from '#app/ports/files.ts';
import { encodeSafetensors, parseSafetensors, tensorBytes } from '#native-models/formats/safetensors.ts';
import { referenceFile } from '#native-models/testing/reference.ts';
import type { TestTensor } from '../testing/checkpoints.ts';
import { arrays, npz } from '../testing/npz.ts';
import { importBackbone } from './import.ts';

const namesHf = referenceFile('forward/names-hf.json');
const namesNpz = referenceFile('forward/names-npz.json');

const hfRule = z.object({
  timm: z.union([z.string(), z.array(z.string())]),
  hf: z.union([z.string(), z.array(z.string())]),
  rule: z.string(),
  prefixed: z.boolean().optional(),
  rows: z.tuple([z.string(), z.string()]).optional(),
});
const hfFamilies = z.object({
  families: z.record(
    z.string(),
    z.object({
      prefixes: z.record(z.string(), z.string()),
      names: z.array(hfRule),
      head: z.array(hfRule),
      cases: z.array(z.string()),
      names_v5: z.union([z.string(), z.array(z.tuple([z.string(), z.string()]))]),
      timm_unmapped: z.array(z.string()).optional(),
    }),
  ),
});
const npzRule = z.object({
  npz: z.union([z.string(), z.array(z.string())]),
  npz_shape: z.string(),
  timm: z.string(),
  rule: z.string(),
});
const npzVariants = z.object({
  variants: z.record(z.string(), z.object({ prefixes: z.array(z.string()), tensors: z.array(npzRule) })),
});

let folder = '';
let store = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'namings-'));
  store = join(folder, 'store');
  await mkdir(store);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

type Tensors = ReadonlyMap<string, TestTensor>;

interface Reference {
  readonly tensors: Tensors;
  readonly hints: BackboneHints;
}

/** The weights of a reference file under timm's names, and the settings that its metadata give. */
async function reference(name: string): Promise<Reference> {
  const path = referenceFile(`forward/${name}.safetensors`);
  const file = parseSafetensors(await readFile(path ?? ''), name);
  const tensors = new Map<string, TestTensor>();
  for (const entry of file.tensors.values()) {
    if (!entry.name.startsWith('backbone.')) continue;
    const timm = entry.name.slice('backbone.'.length);
    const { shape } = entry;
    tensors.set(timm, { name: timm, dtype: 'float32', shape, data: tensorBytes(file, entry) });
  }
  const said = (key: string): string => file.metadata.get(key) ?? expect.fail(`${name} does not say ${key}`);
  const acts: Readonly<Record<string, BackboneHints['activation']>> = {
    gelu_erf: 'gelu',
    gelu_tanh: 'gelu-tanh',
    quick_gelu: 'quick-gelu',
  };
  const activation = acts[said('act')];
  const isSwin = tensors.has('layers.0.blocks.0.norm1.weight');
  return {
    tensors,
    hints: {
      layerNormEps: Number(said('layer_norm_eps')),
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      ...(isSwin ? { imageSize: Number(said('img_size')) } : { heads: Number(said('num_heads')) }),
      ...(activation === undefined || isSwin ? {} : { activation }),
    },
  };
}

async function take(tensors: readonly TestTensor[], hints: BackboneHints): Promise<ImportedBackbone> {
  return takeBytes(encodeSafetensors(tensors, {}), 'model.safetensors', hints);
}

async function takeBytes(bytes: Uint8Array, name: string, hints: BackboneHints): Promise<ImportedBackbone> {
  // A store of its own, so that what is read back is what this file was made into.
  await rm(store, { recursive: true, force: true });
  await mkdir(store);
  const path = join(folder, name);
  await writeFile(path, bytes);
  const imported = await importBackbone(path, store, hints);
  expect(await readdir(store)).toEqual([`${imported.identity}.safetensors`]);
  return imported;
}

/** Parts of a tensor along its first axis. */
function rows(tensor: TestTensor, from: number, to: number): Pick<TestTensor, 'shape' | 'data'> {
  const [count = 1, ...rest] = tensor.shape;
  const each = tensor.data.length / count;
  return { shape: [to - from, ...rest], data: tensor.data.slice(from * each, to * each) };
}

/** All names that a rule's pattern stands for in a file: [numbers of the pattern, name]. */
function instances(pattern: string, names: Iterable<string>): readonly Readonly<Record<string, number>>[] {
  const keys = [...pattern.matchAll(/\{(\w)(?:\+1)?\}/g)].map(([, key = '']) => key);
  const shape = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/\{\w(?:\+1)?\}/g, '(\\d+)')}$`);
  return [...names].flatMap((name) => {
    const found = shape.exec(name);
    if (found === null) return [];
    const later = pattern.includes('+1}') ? 1 : 0;
    return [Object.fromEntries(keys.map((key, i) => [key, Number(found[i + 1]) - later]))];
  });
}

function filled(pattern: string, numbers: Readonly<Record<string, number>>): string {
  return pattern.replaceAll(/\{(\w)(\+1)?\}/g, (_, key: string, next?: string) =>
    String((numbers[key] ?? 0) + (next === undefined ? 0 : 1)),
  );
}

const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

/** A reference under the names of Hugging Face, by the rules of names-hf.json and nothing of ours. */
function renamed(tensors: Tensors, rules: readonly z.infer<typeof hfRule>[], prefix: string): TestTensor[] {
  const result = new Map<string, TestTensor>();
  const add = (name: string, tensor: Pick<TestTensor, 'shape' | 'data'>): void => {
    const earlier = result.get(name);
    // Rows that come one after another make up one tensor.
    const data = earlier === undefined ? tensor.data : Buffer.concat([earlier.data, tensor.data]);
    const [count = 0, ...rest] = tensor.shape;
    const shape = earlier === undefined ? tensor.shape : [(earlier.shape[0] ?? 0) + count, ...rest];
    result.set(name, { name, dtype: 'float32', shape, data });
  };
  for (const { timm, hf, rule, prefixed } of rules) {
    const before = prefixed === false ? '' : prefix;
    for (const numbers of instances(list(timm)[0] ?? '', tensors.keys())) {
      const tensor = tensors.get(filled(list(timm)[0] ?? '', numbers)) ?? expect.fail('no tensor');
      const targets = list(hf).map((name) => before + filled(name, numbers));
      if (rule === 'concat_rows') {
        const each = (tensor.shape[0] ?? 0) / targets.length;
        for (const [i, target] of targets.entries()) add(target, rows(tensor, i * each, (i + 1) * each));
      } else if (rule === 'dinov2_registers') {
        const [, position] = list(timm).map((name) => tensors.get(name));
        const [, count = 0, width = 0] = position?.shape ?? [];
        const zeros = Buffer.alloc(width * 4);
        add(targets[0] ?? '', tensor);
        const data = Buffer.concat([zeros, position?.data ?? zeros]);
        add(targets[1] ?? '', { shape: [1, count + 1, width], data });
      } else if (rule === 'reshape') {
        add(targets[0] ?? '', { shape: tensor.shape.filter((size, i) => size !== 1 || i > 1), data: tensor.data });
      } else {
        expect(['copy', 'rows']).toContain(rule);
        add(targets[0] ?? '', tensor);
      }
    }
  }
  return [...result.values()];
}

function sinceVersion5(
  tensors: readonly TestTensor[],
  replacements: readonly (readonly [string, string])[],
): TestTensor[] {
  return tensors.map((tensor) => {
    let { name } = tensor;
    for (const [pattern, replacement] of replacements) {
      name = name.replace(new RegExp(pattern), replacement.replaceAll('\\', '$'));
    }
    return { ...tensor, name };
  });
}

const families =
  namesHf === null ? [] : Object.entries(hfFamilies.parse(JSON.parse(await readFile(namesHf, 'utf8'))).families);
const hfCases = families.flatMap(([family, rules]) => rules.cases.map((name) => ({ name, family, rules })));
/** Its own library has no file of the shrunken windows, and MAE's fine-tuned norm has no name there. */
const withoutEquivalent = ['12b-swin-window12-small'];

describe.skipIf(namesHf === null)('weights under the names of Hugging Face', () => {
  it.each(hfCases.filter(({ name }) => !withoutEquivalent.includes(name)))(
    'are the same backbone as those of timm: $name as $family',
    async ({ name, rules }) => {
      const { tensors: all, hints } = await reference(name);
      // Of MAE's encoder Hugging Face keeps the norm of tokens, timm's averaging form that of the mean: the test names it so.
      const tensors = new Map(
        [...all].map(([key, tensor]) => {
          const named = rules.timm_unmapped === undefined ? key : key.replace(/^fc_norm\./, 'norm.');
          return [named, { ...tensor, name: named }];
        }),
      );
      const timm = await take([...tensors.values()], hints);
      for (const prefix of Object.values(rules.prefixes)) {
        const old = renamed(tensors, [...rules.names, ...rules.head], prefix);
        const found = await take(old, hints);
        expect(found.identity).toBe(timm.identity);
        expect({ ...found.spec, pooling: null }).toEqual({ ...timm.spec, pooling: null });
        expect(found.details.naming).toBe('the names of Hugging Face');
        expect(found.tensorPrefix).toBe('');
        if (typeof rules.names_v5 === 'string') continue;
        const since = sinceVersion5(old, rules.names_v5);
        expect(since.map((tensor) => tensor.name)).not.toEqual(old.map((tensor) => tensor.name));
        expect((await take(since, hints)).identity).toBe(timm.identity);
      }
    },
  );

  it('are the same backbone with the towers and buffers that published files have beside them', async () => {
    const { tensors, hints } = await reference('07-clip-quickgelu');
    const clip = families.find(([family]) => family === 'clip_vision_model')?.[1];
    const vision = renamed(tensors, clip?.names ?? [], 'vision_model.');
    const more = ['text_model.encoder.layers.0.mlp.fc1.weight', 'text_projection.weight', 'logit_scale'].map(
      (name) => ({
        ...(vision[0] ?? expect.fail()),
        name,
      }),
    );
    const found = await take([...vision, ...more], hints);
    expect(found.identity).toBe((await take([...tensors.values()], hints)).identity);
    expect(found.details.leftOut).toEqual(more.map(({ name }) => name).sort());
  });
});

describe.skipIf(namesNpz === null)('weights in the files of Google', () => {
  it('are the same backbone as those of timm: the file that numpy wrote', async () => {
    const { tensors, hints } = await reference('01-vit-augreg');
    const bytes = await readFile(referenceFile('forward/01-vit-augreg.npz') ?? '');
    // Heads, activation and epsilon need not be said: shapes tell the first, all published ViTs agree on the others.
    const found = await takeBytes(bytes, 'model.npz', { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] });
    expect(found.identity).toBe((await take([...tensors.values()], hints)).identity);
    expect(found.details).toMatchObject({ container: 'npz', leftOut: ['head/bias', 'head/kernel'] });
  });

  it.each([
    ['vision_transformer', '01-vit-augreg', false],
    ['big_vision', '09-siglip', false],
    ['big_vision', '09-siglip', true],
  ])('are the same backbone by the names of %s (%s, blocks stacked: %s)', async (variant, name, stacked) => {
    const { tensors, hints } = await reference(name);
    const rules = npzVariants.parse(JSON.parse(await readFile(namesNpz ?? '', 'utf8'))).variants[variant];
    const timm = await take([...tensors.values()], hints);
    const { heads = 1 } = hints;
    for (const prefix of rules?.prefixes ?? []) {
      const written = arrays(tensors, rules?.tensors ?? [], { prefix, heads, stacked });
      for (const deflated of [false, true]) {
        const found = await takeBytes(npz(written, { deflated }), 'model.npz', hints);
        expect(found.identity).toBe(timm.identity);
        expect(found.details.settings.find((setting) => setting.name === 'heads')?.from).toBe('you');
      }
    }
  });
});

describe.skipIf(namesHf === null)('weights under the names of the original code', () => {
  it.each(['07-clip-quickgelu', '08-clip-gelu'])('of OpenAI and OpenCLIP are the same backbone: %s', async (name) => {
    const { tensors, hints } = await reference(name);
    const timm = await take([...tensors.values()], hints);
    const spelled = (key: string): string =>
      key
        .replace(/^patch_embed\.proj\./, 'conv1.')
        .replace(/^cls_token$/, 'class_embedding')
        .replace(/^pos_embed$/, 'positional_embedding')
        .replace(/^norm_pre\./, 'ln_pre.')
        .replace(/^norm\./, 'ln_post.')
        .replace(/^blocks\./, 'transformer.resblocks.')
        .replace(/\.norm(\d)\./, '.ln_$1.')
        .replace(/\.attn\.qkv\./, '.attn.in_proj_')
        .replace(/\.attn\.proj\./, '.attn.out_proj.')
        .replace(/\.mlp\.fc1\./, '.mlp.c_fc.')
        .replace(/\.mlp\.fc2\./, '.mlp.c_proj.');
    const tower = [...tensors.values()]
      .filter(({ name: key }) => !key.startsWith('head.'))
      .map((tensor) => ({
        ...tensor,
        shape: tensor.shape.filter((size) => size !== 1),
        name: `visual.${spelled(tensor.name)}`,
      }));
    const text = ['transformer.resblocks.0.ln_1.weight', 'positional_embedding', 'visual.proj', 'logit_scale'].map(
      (key) => ({
        ...(tower[0] ?? expect.fail()),
        name: key,
      }),
    );
    const found = await take([...tower, ...text], hints);
    expect(found.identity).toBe(timm.identity);
    expect(found.details.leftOut).toEqual(text.map(({ name: key }) => key).sort());
    const alone = tower.map((tensor) => ({ ...tensor, name: tensor.name.slice('visual.'.length) }));
    expect((await take(alone, hints)).identity).toBe(timm.identity);
  });

  it('of Swin, with merging at the end of a stage and buffers, are the same backbone', async () => {
    const { tensors, hints } = await reference('11-swin-window7');
    const timm = await take([...tensors.values()], hints);
    const old = [...tensors.values()].map((tensor) => ({
      ...tensor,
      name: tensor.name.replace(
        /^layers\.(\d)\.downsample/,
        (_, stage: string) => `layers.${Number(stage) - 1}.downsample`,
      ),
    }));
    const mask = { name: 'layers.0.blocks.1.attn_mask', dtype: 'float32', shape: [64, 49, 49] } as const;
    const buffers: TestTensor[] = [
      { ...mask, data: new Uint8Array(64 * 49 * 49 * 4) },
      {
        name: 'layers.0.blocks.0.attn.relative_position_index',
        dtype: 'int64',
        shape: [49, 49],
        data: new Uint8Array(49 * 49 * 8),
      },
    ];
    const { imageSize: _, ...rest } = hints;
    // The mask has a window for each of 8 x 8, so that the image size need not be said.
    const found = await take([...old, ...buffers], rest);
    expect(found.identity).toBe(timm.identity);
    expect(found.spec).toEqual(timm.spec);
    expect(found.details.leftOut).toEqual([
      'head.fc.bias',
      'head.fc.weight',
      'layers.0.blocks.0.attn.relative_position_index',
      'layers.0.blocks.1.attn_mask',
    ]);
  });

  it('of DINOv2 with registers, whose class token has a position, are the same backbone', async () => {
    const { tensors, hints } = await reference('06-dinov2-reg4');
    const timm = await take([...tensors.values()], hints);
    const original = [...tensors.values()].map((tensor) => {
      if (tensor.name === 'reg_token') return { ...tensor, name: 'register_tokens' };
      if (tensor.name !== 'pos_embed') return tensor;
      const data = Buffer.concat([Buffer.alloc(48 * 4), tensor.data]);
      return { ...tensor, shape: [1, 37, 48], data };
    });
    const found = await take(original, hints);
    expect(found.identity).toBe(timm.identity);
    expect(found.details.notes.join(' ')).toContain('position of the class token was added');
  });
});
