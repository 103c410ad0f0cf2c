import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SafetensorsFile } from '../formats/safetensors.ts';
import { readSafetensorsHeader, readTensorFloat32, tensorNamed } from '../formats/safetensors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';
import { verify } from '../graph/verify.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { normalised, product } from '../reference/plain-layers.ts';
import { EngineSession } from '../runtime/session.ts';
import { referenceFile } from '../testing/reference.ts';
import { norm, patchEmbedding } from './layers.ts';
import { model } from './registry.ts';
import type { VitSpec } from './vit-spec.ts';
import { checkVitSpec, prefixTokens, tokenCount, vitTensors } from './vit-spec.ts';
import { vitFeatures, vitTokens } from './vit.ts';
import { openWeightFile } from './weight-file.ts';
import type { WeightFile } from './weights.ts';
import { Weights } from './weights.ts';

const activations = { gelu_erf: 'gelu', gelu_tanh: 'gelu-tanh', quick_gelu: 'quick-gelu' } as const;
const poolings = { token: 'class', 'cls+dist mean': 'class', avg: 'mean', map: 'attention' } as const;

function specOf({ metadata, path }: SafetensorsFile): VitSpec {
  const text = (key: string): string => metadata.get(key) ?? expect.fail(`${path} does not say ${key}`);
  const yes = (key: string): boolean => text(key) === 'yes';
  return checkVitSpec({
    family: 'vit',
    imageSize: Number(text('img_size')),
    patchSize: Number(text('patch_size')),
    width: Number(text('embed_dim')),
    depth: Number(text('depth')),
    heads: Number(text('num_heads')),
    mlpWidth: Number(text('mlp_hidden')),
    layerNormEps: Number(text('layer_norm_eps')),
    classToken: yes('class_token'),
    distillationToken: yes('dist_token'),
    registers: Number(text('reg_tokens')),
    positions: yes('no_embed_class') ? 'patches' : 'all',
    preNorm: yes('pre_norm'),
    patchBias: yes('patch_bias'),
    layerScale: yes('layer_scale'),
    activation: activations[text('act') as keyof typeof activations],
    finalNorm: yes('fc_norm') ? 'fc_norm' : 'norm',
    pooling: poolings[text('pooling') as keyof typeof poolings],
  });
}

/** Every step of the forward pass by the names that the reference files give it. */
async function forward(spec: VitSpec, weights: WeightFile, images: Float32Array): Promise<Map<string, Float32Array>> {
  const b = new GraphBuilder('forward');
  const values = new Weights(b, weights);
  const photos = b.input('images', [2, 3, spec.imageSize, spec.imageSize]);
  const outputs = new Map<string, Value>([['patch_embed', patchEmbedding(b, values, photos, spec)]]);
  const hooks = {
    before: (index: number, tokens: Value): void => {
      if (index === 0) outputs.set('embed', tokens);
    },
    after: (index: number, tokens: Value): Value => {
      outputs.set(`block.${index}`, tokens);
      return tokens;
    },
  };
  const tokens = vitTokens(b, { spec, weights: values, images: photos, hooks });
  outputs.set('tokens', spec.finalNorm === 'norm' ? norm(b, values, 'norm', tokens, spec.layerNormEps) : tokens);
  outputs.set('features', vitFeatures(b, spec, values, tokens));
  const session = await EngineSession.create(verify(b.finish(outputs)), { threads: 2, weightsFolder: weights.folder });
  const result = await session.run(new Map([['images', images]]));
  await session.release();
  return result;
}

function rowsOf(values: ArrayLike<number>, width: number): number[][] {
  const all = Array.from(values);
  return Array.from({ length: all.length / width }, (_, row) => all.slice(row * width, (row + 1) * width));
}

/** The mean of the patch tokens, then the final norm, in plain loops: tokens [2, T, d] -> [2, d]. */
function plainFeatures(
  spec: VitSpec,
  tensors: ReadonlyMap<string, Float32Array>,
  tokens: Float32Array,
): readonly number[] {
  const rows = rowsOf(tokens, spec.width);
  const [count, prefix] = [tokenCount(spec), prefixTokens(spec)];
  const means = [0, 1].map((photo) => {
    const patches = rows.slice(photo * count + prefix, (photo + 1) * count);
    return patches[0]!.map((_, c) => patches.reduce((sum, row) => sum + row[c]!, 0) / patches.length);
  });
  return normalised(tensors, spec.finalNorm, means, spec.layerNormEps).flat();
}

async function tensorsOf(file: SafetensorsFile, prefix: string): Promise<ReadonlyMap<string, Float32Array>> {
  const names = [...file.tensors.keys()].filter((name) => name.startsWith(prefix));
  const read = names.map(
    async (name) => [name.slice(prefix.length), await readTensorFloat32(file, tensorNamed(file, name))] as const,
  );
  return new Map(await Promise.all(read));
}

const bound = 2e-5;

describe.each([
  '01-vit-augreg',
  '02-deit-distilled',
  '03-dino-v1',
  '04-mae-avg-fcnorm',
  '05-dinov2',
  '06-dinov2-reg4',
  '07-clip-quickgelu',
  '08-clip-gelu',
  '09-siglip',
  '09b-siglip-so400m-tanh',
  '13a-vit-patch32',
  '13b-vit-patch8',
])('the forward of %s', (name) => {
  const path = referenceFile(join('forward', `${name}.safetensors`));

  it.skipIf(path === null)('agrees with the published code from the pixels to the classifier', async () => {
    const file = await readSafetensorsHeader(path!);
    const spec = specOf(file);
    const [weights, expected] = [await tensorsOf(file, 'backbone.'), await tensorsOf(file, 'expect.')];
    const images = await readTensorFloat32(file, tensorNamed(file, 'input.images'));
    const outputs = await forward(spec, await openWeightFile(path!, 'backbone.'), images);
    for (const [output, values] of outputs) {
      if (output === 'features') continue;
      expect(relativeL2(values, expected.get(output)!), output).toBeLessThanOrEqual(bound);
    }
    expect(outputs.size).toBe(spec.depth + 4);

    // What our head stands on. Where the published classifier pools the same way, it is the published tensor.
    const features = outputs.get('features')!;
    const last = expected.get(`block.${spec.depth - 1}`)!;
    expect(relativeL2(features, plainFeatures(spec, weights, last)), 'features').toBeLessThanOrEqual(bound);
    if (spec.pooling === 'mean') expect(relativeL2(features, expected.get('pooled')!)).toBeLessThanOrEqual(bound);

    // The published classifier on our tokens; attention pooling is not built.
    if (spec.pooling === 'attention') return;
    const rows = rowsOf(outputs.get('tokens')!, spec.width);
    const tokenOf = (index: number): number[][] => [rows[index]!, rows[tokenCount(spec) + index]!];
    const pooled = spec.pooling === 'mean' ? rowsOf(features, spec.width) : tokenOf(0);
    const logitsOf = (x: number[][], head: string): number[] => {
      const bias = weights.get(`${head}.bias`)!;
      return product(x, weights.get(`${head}.weight`)!, bias, bias.length).flat();
    };
    const agrees = (output: string, values: readonly number[]): void =>
      expect(relativeL2(values, expected.get(output)!), output).toBeLessThanOrEqual(bound);
    if (spec.distillationToken) {
      const [byClass, byTeacher] = [logitsOf(tokenOf(0), 'head'), logitsOf(tokenOf(1), 'head_dist')];
      agrees('logits_cls', byClass);
      agrees('logits_dist', byTeacher);
      agrees(
        'logits',
        byClass.map((value, c) => (value + byTeacher[c]!) / 2),
      );
    } else {
      agrees('pooled', pooled.flat());
      if (weights.has('head.weight')) agrees('logits', logitsOf(pooled, 'head'));
    }
  });

  it.skipIf(path === null)('reads exactly the tensors that its spec names', async () => {
    const file = await readSafetensorsHeader(path!);
    const needed = vitTensors(specOf(file));
    for (const [tensor, shape] of needed) expect(file.tensors.get(`backbone.${tensor}`)?.shape, tensor).toEqual(shape);
    const surplus = [...file.tensors.keys()]
      .filter((tensor) => tensor.startsWith('backbone.') && !needed.has(tensor.slice('backbone.'.length)))
      .filter((tensor) => !/^backbone\.(head|head_dist|attn_pool)\./.test(tensor));
    expect(surplus).toEqual([]);
  });
});

describe('a ViT', () => {
  it('has the published numbers of parameters', () => {
    const parameters = (name: `vit_${string}`): number =>
      [...vitTensors(model(name)).values()].reduce((sum, shape) => sum + elementCount(shape), 0);
    expect(parameters('vit_tiny_patch16_224')).toBe(5_524_416);
    expect(parameters('vit_base_patch16_224')).toBe(85_798_656);
    expect(parameters('vit_large_patch16_224')).toBe(303_301_632);
  });

  it('is refused where patches, heads or registers do not fit', () => {
    const base = model('vit_base_patch16_224');
    expect(() => checkVitSpec({ ...base, imageSize: 230 })).toThrow(/230 px are not a multiple of the patch/);
    expect(() => checkVitSpec({ ...base, heads: 10 })).toThrow(/768 is not a multiple of 10 heads/);
    expect(() => checkVitSpec({ ...base, registers: -1 })).toThrow(/-1 registers/);
  });
});
