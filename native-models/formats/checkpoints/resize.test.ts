import { expect, it } from 'vitest';
import { model } from '../../models/registry.ts';
import type { VitName } from '../../models/registry.ts';
import { vitTensors } from '../../models/vit-spec.ts';
import { planTensors, readCheckpoint } from './checkpoint.ts';
import type { FileTensor, TensorFile } from './tensor-file.ts';

/** A file of shapes: nothing is read while it is planned what to make of it. */
function fileOf(tensors: Iterable<readonly [string, readonly number[]]>): TensorFile {
  const entries = [...tensors].map(([name, shape]): [string, FileTensor] => [name, { name, dtype: 'float32', shape }]);
  return {
    path: 'a file',
    container: 'safetensors',
    metadata: new Map(),
    tensors: new Map(entries),
    read: () => expect.fail('no tensor is needed'),
  };
}

/** As Hugging Face names DINOv2, before its fifth version. */
function inHuggingFace(tensors: ReadonlyMap<string, readonly number[]>): [string, readonly number[]][] {
  return [...tensors].flatMap(([name, shape]): [string, readonly number[]][] => {
    const renamed = name
      .replace('cls_token', 'embeddings.cls_token')
      .replace('reg_token', 'embeddings.register_tokens')
      .replace('pos_embed', 'embeddings.position_embeddings')
      .replace('patch_embed.proj', 'embeddings.patch_embeddings.projection')
      .replace(/^blocks/, 'encoder.layer')
      .replace(/ls(\d)\.gamma/, 'layer_scale$1.lambda1')
      .replace('attn.proj', 'attention.output.dense')
      .replace(/^norm\./, 'layernorm.');
    if (renamed.endsWith('position_embeddings') && tensors.has('reg_token')) {
      // With the class token's own position in front.
      return [[renamed, [1, (shape[1] ?? 0) + 1, shape[2] ?? 0]]];
    }
    if (!renamed.includes('attn.qkv')) return [[renamed, shape]];
    const third = [(shape[0] ?? 0) / 3, ...shape.slice(1)];
    return ['query', 'key', 'value'].map((part) => [renamed.replace('attn.qkv', `attention.attention.${part}`), third]);
  });
}

const named = (variant: VitName) => vitTensors(model(variant));
const dinov2 = new Map([...named('test_vit_registers_2x8')].filter(([name]) => name !== 'reg_token'));

it.each([
  ["timm's", named('test_vit_2x8'), 'antialias'],
  ["timm's with registers", named('test_vit_registers_2x8'), 'antialias'],
  ["DINOv2's own, which have a mask token", [...dinov2, ['mask_token', [1, 8]]], 'dinov2'],
  ["Hugging Face's", inHuggingFace(named('test_vit_2x8')), 'bicubic'],
  ["Hugging Face's with registers", inHuggingFace(named('test_vit_registers_2x8')), 'antialias'],
] as [string, Iterable<readonly [string, readonly number[]]>, string][])(
  'resizes positions under names that are %s as that library does',
  (_, tensors, kind) => {
    const reading = readCheckpoint(fileOf(tensors));
    if ('problems' in reading) return expect.fail(reading.problems.join('\n'));
    const { checkpoint } = reading;
    if (checkpoint.geometry.family !== 'vit') return expect.fail('a ViT was expected');
    const spec = { heads: 2, layerNormEps: 1e-6, activation: 'gelu' as const, ...checkpoint.geometry, imageSize: 20 };
    const plan = planTensors(checkpoint, spec);
    if ('problems' in plan) return expect.fail(plan.problems.join('\n'));
    const positions = plan.recipes.find(({ name }) => name === 'pos_embed');
    expect(positions?.resize).toMatchObject({ from: 3, to: 5, kind });
  },
);
