/**
 * The names of Hugging Face's library, before and since its fifth version: ViT and all that is saved as one (DeiT, DINO,
 * MAE), DINOv2 with and without registers, Swin, and the image towers of CLIP and SigLIP.
 */
import type { Placement, Scheme } from './scheme.ts';
import { textLeftOut, torchLeftOut, whole } from './scheme.ts';

type Target = string | readonly [module: string, part: number];

const query: Target = ['attn.qkv', 0];
const key: Target = ['attn.qkv', 1];
const value: Target = ['attn.qkv', 2];
const biasTable = 'relative_position_bias_table';

/** Modules of a block. One map for all families: none gives a name another meaning. */
const blockModules: ReadonlyMap<string, Target> = new Map<string, Target>([
  ['layernorm_before', 'norm1'],
  ['layernorm_after', 'norm2'],
  ['layer_norm1', 'norm1'],
  ['layer_norm2', 'norm2'],
  ['norm1', 'norm1'],
  ['norm2', 'norm2'],
  ...['attention.attention', 'attention.self'].flatMap((attention): [string, Target][] => [
    [`${attention}.query`, query],
    [`${attention}.key`, key],
    [`${attention}.value`, value],
  ]),
  ...['attention', 'self_attn'].flatMap((attention): [string, Target][] => [
    [`${attention}.q_proj`, query],
    [`${attention}.k_proj`, key],
    [`${attention}.v_proj`, value],
  ]),
  ['attention.output.dense', 'attn.proj'],
  ['attention.o_proj', 'attn.proj'],
  ['self_attn.out_proj', 'attn.proj'],
  ['intermediate.dense', 'mlp.fc1'],
  ['output.dense', 'mlp.fc2'],
  ['mlp.fc1', 'mlp.fc1'],
  ['mlp.fc2', 'mlp.fc2'],
]);

/** Single tensors of a block. */
const blockTensors: ReadonlyMap<string, string> = new Map([
  ['layer_scale1.lambda1', 'ls1.gamma'],
  ['layer_scale2.lambda1', 'ls2.gamma'],
  [`attention.self.${biasTable}`, `attn.${biasTable}`],
  [`attention.relative_position_bias.${biasTable}`, `attn.${biasTable}`],
]);

const outsideBlocks: ReadonlyMap<string, string> = new Map([
  ['embeddings.cls_token', 'cls_token'],
  ['embeddings.distillation_token', 'dist_token'],
  ['embeddings.register_tokens', 'reg_token'],
  ['embeddings.position_embeddings', 'pos_embed'],
  ['embeddings.patch_embeddings.projection.weight', 'patch_embed.proj.weight'],
  ['embeddings.patch_embeddings.projection.bias', 'patch_embed.proj.bias'],
  ['embeddings.norm.weight', 'patch_embed.norm.weight'],
  ['embeddings.norm.bias', 'patch_embed.norm.bias'],
  ['layernorm.weight', 'norm.weight'],
  ['layernorm.bias', 'norm.bias'],
  // CLIP and SigLIP.
  ['embeddings.class_embedding', 'cls_token'],
  ['embeddings.position_embedding.weight', 'pos_embed'],
  ['embeddings.patch_embedding.weight', 'patch_embed.proj.weight'],
  ['embeddings.patch_embedding.bias', 'patch_embed.proj.bias'],
  ['pre_layrnorm.weight', 'norm_pre.weight'],
  ['pre_layrnorm.bias', 'norm_pre.bias'],
  ['post_layernorm.weight', 'norm.weight'],
  ['post_layernorm.bias', 'norm.bias'],
]);

function placeBlock(block: string, rest: string): readonly Placement[] {
  const single = blockTensors.get(rest);
  if (single !== undefined) return whole(`${block}.${single}`);
  const [, module = '', leaf = ''] = /^(.+)\.(weight|bias)$/.exec(rest) ?? [];
  const target = blockModules.get(module);
  if (target === undefined) return [];
  if (typeof target === 'string') return whole(`${block}.${target}.${leaf}`);
  return [{ to: `${block}.${target[0]}.${leaf}`, part: target[1], parts: 3, piece: {} }];
}

const place: Scheme['place'] = (name, { shape }) => {
  const outside = outsideBlocks.get(name);
  if (outside !== undefined) {
    // Learned vectors and tables of them have no leading axes in CLIP and SigLIP.
    const isBare = name.endsWith('class_embedding') || name.endsWith('position_embedding.weight');
    const lead = name.endsWith('class_embedding') ? [1, 1] : [1];
    return whole(outside, isBare ? { view: [...lead, ...shape] } : {});
  }
  const [, stage, stageBlock, inStage = ''] = /^encoder\.layers\.(\d+)\.blocks\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (stage !== undefined) return placeBlock(`layers.${stage}.blocks.${stageBlock ?? ''}`, inStage);
  // The merging of patches stands at the end of a stage here.
  const [, merged, merging = ''] = /^encoder\.layers\.(\d+)\.(downsample\..+)$/.exec(name) ?? [];
  if (merged !== undefined) return whole(`layers.${Number(merged) + 1}.${merging}`);
  const [, block, inBlock = ''] = /^(?:encoder\.layer|encoder\.layers|layers)\.(\d+)\.(.+)$/.exec(name) ?? [];
  return block === undefined ? [] : placeBlock(`blocks.${block}`, inBlock);
};

const common = {
  id: 'hugging-face',
  words: 'the names of Hugging Face',
  leftOut: new RegExp(`^(?:${torchLeftOut}|${textLeftOut})`),
  place,
} as const satisfies Partial<Scheme>;

export const huggingFace: Scheme = { ...common, anchor: 'embeddings.patch_embeddings.projection.weight' };
export const huggingFaceTowers: Scheme = { ...common, anchor: 'embeddings.patch_embedding.weight' };
