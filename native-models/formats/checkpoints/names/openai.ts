/** The names of OpenAI's CLIP, which OpenCLIP kept: the image tower under `visual.`, or by itself. */
import type { Scheme } from './scheme.ts';
import { textLeftOut, torchLeftOut, whole } from './scheme.ts';

const outsideBlocks: ReadonlyMap<string, string> = new Map([
  ['conv1.weight', 'patch_embed.proj.weight'],
  ['ln_pre.weight', 'norm_pre.weight'],
  ['ln_pre.bias', 'norm_pre.bias'],
  ['ln_post.weight', 'norm.weight'],
  ['ln_post.bias', 'norm.bias'],
]);

const blockTensors: ReadonlyMap<string, string> = new Map([
  ['ln_1.weight', 'norm1.weight'],
  ['ln_1.bias', 'norm1.bias'],
  ['ln_2.weight', 'norm2.weight'],
  ['ln_2.bias', 'norm2.bias'],
  ['attn.in_proj_weight', 'attn.qkv.weight'],
  ['attn.in_proj_bias', 'attn.qkv.bias'],
  ['attn.out_proj.weight', 'attn.proj.weight'],
  ['attn.out_proj.bias', 'attn.proj.bias'],
  ['mlp.c_fc.weight', 'mlp.fc1.weight'],
  ['mlp.c_fc.bias', 'mlp.fc1.bias'],
  ['mlp.c_proj.weight', 'mlp.fc2.weight'],
  ['mlp.c_proj.bias', 'mlp.fc2.bias'],
  ['ls_1.gamma', 'ls1.gamma'],
  ['ls_2.gamma', 'ls2.gamma'],
]);

export const openai: Scheme = {
  id: 'openai',
  words: 'the names of OpenAI and OpenCLIP',
  // The text tower has blocks and positions of the same names, but no such norm.
  anchor: 'ln_pre.weight',
  leftOut: new RegExp(`^(?:proj$|${torchLeftOut}|${textLeftOut})`),
  place: (name, { shape }) => {
    if (name === 'class_embedding') return whole('cls_token', { view: [1, 1, ...shape] });
    if (name === 'positional_embedding') return whole('pos_embed', { view: [1, ...shape] });
    const outside = outsideBlocks.get(name);
    if (outside !== undefined) return whole(outside);
    const [, block = '', rest = ''] = /^transformer\.resblocks\.(\d+)\.(.+)$/.exec(name) ?? [];
    const tensor = blockTensors.get(rest);
    return tensor === undefined ? [] : whole(`blocks.${block}.${tensor}`);
  },
};
