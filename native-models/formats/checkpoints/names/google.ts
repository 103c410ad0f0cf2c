/**
 * The names of Google's own checkpoints (.npz, written by JAX): `vision_transformer` and the newer `big_vision`. Kernels
 * are [in, out] there and split by heads; blocks may be stacked in one array, one along the first axis.
 */
import type { FileTensor } from '../tensor-file.ts';
import type { Placement, Scheme } from './scheme.ts';
import { whole } from './scheme.ts';

type Piece = Placement['piece'];

const transposed = [1, 0];
const attention = String.raw`MultiHeadDotProductAttention_\d`;

/** [in, out] -> [out, in], whichever of the two is split by heads: kernels are [d, H, d/H] or [H, d/H, d]. */
function kernel(shape: readonly number[], heads: 'out' | 'in' | 'none'): Piece {
  const [a = 0, b = 0, c = 0] = shape;
  if (heads === 'none' || shape.length !== 3) return { permute: transposed };
  return { view: heads === 'out' ? [a, b * c] : [a * b, c], permute: transposed };
}

function flat(shape: readonly number[]): Piece {
  return { view: [shape.reduce((product, size) => product * size, 1)] };
}

const inBlock: readonly (readonly [RegExp, (found: RegExpExecArray, shape: readonly number[]) => Placement])[] = [
  [
    /^LayerNorm_(\d)\/(scale|bias)$/,
    ([, number, leaf]) => one(`norm${number === '0' ? 1 : 2}.${leaf === 'scale' ? 'weight' : 'bias'}`),
  ],
  [
    new RegExp(`^${attention}/(query|key|value)/(kernel|bias)$`),
    ([, which = '', leaf], shape) => ({
      to: `attn.qkv.${leaf === 'kernel' ? 'weight' : 'bias'}`,
      part: ['query', 'key', 'value'].indexOf(which),
      parts: 3,
      piece: leaf === 'kernel' ? kernel(shape, 'out') : flat(shape),
    }),
  ],
  [new RegExp(`^${attention}/out/kernel$`), (_, shape) => one('attn.proj.weight', kernel(shape, 'in'))],
  [new RegExp(`^${attention}/out/bias$`), () => one('attn.proj.bias')],
  [
    /^MlpBlock_\d\/Dense_([01])\/(kernel|bias)$/,
    ([, number, leaf], shape) => {
      const module = number === '0' ? 'mlp.fc1' : 'mlp.fc2';
      return leaf === 'kernel' ? one(`${module}.weight`, kernel(shape, 'none')) : one(`${module}.bias`);
    },
  ],
];

const outside: ReadonlyMap<string, readonly [to: string, piece?: Piece]> = new Map([
  ['embedding/kernel', ['patch_embed.proj.weight', { permute: [3, 2, 0, 1] }]],
  ['embedding/bias', ['patch_embed.proj.bias']],
  ['cls', ['cls_token']],
  ['pos_embedding', ['pos_embed']],
  ['Transformer/posembed_input/pos_embedding', ['pos_embed']],
  ['Transformer/encoder_norm/scale', ['norm.weight']],
  ['Transformer/encoder_norm/bias', ['norm.bias']],
]);

function one(to: string, piece: Piece = {}): Placement {
  return { to, part: 0, parts: 1, piece };
}

function placeInBlock(block: number, rest: string, shape: readonly number[]): readonly Placement[] {
  for (const [pattern, placed] of inBlock) {
    const found = pattern.exec(rest);
    if (found === null) continue;
    const placement = placed(found, shape);
    return [{ ...placement, to: `blocks.${block}.${placement.to}` }];
  }
  return [];
}

export const google: Scheme = {
  id: 'google',
  words: "the names of Google's JAX code",
  anchor: 'embedding/kernel',
  prefix: /^(?:opt\/target\/|params\/|params\/img\/)?$/,
  leftOut: /^(?:head\/|pre_logits\/|MAPHead_0\/|params\/txt\/|txt\/|params\/[tb]$|[tb]$)/,
  place: (name, { shape }) => {
    const known = outside.get(name);
    if (known !== undefined) return whole(...known);
    const [, number, rest = ''] = /^Transformer\/encoderblock_(\d{1,4})\/(.+)$/.exec(name) ?? [];
    if (number !== undefined) return placeInBlock(Number(number), rest, shape);
    const [, stacked] = /^Transformer\/encoderblock\/(.+)$/.exec(name) ?? [];
    if (stacked === undefined) return [];
    const [depth = 0, ...each] = shape;
    return Array.from({ length: Math.min(depth, maxStacked) }, (_, block) =>
      placeInBlock(block, stacked, each).map((placement) => ({
        ...placement,
        piece: { index: block, ...placement.piece },
      })),
    ).flat();
  },
};

/** Far above any published depth; keeps a hostile shape from meaning millions of tensors. */
const maxStacked = 1024;

/** Kernels of attention are split by heads, so these files tell how many there are; null where the shape does not. */
export function headsOfGoogle(tensors: Iterable<FileTensor>): number | null {
  for (const { name, shape } of tensors) {
    const stacked = /Transformer\/encoderblock\/.*\/query\/kernel$/.test(name);
    const single = /Transformer\/encoderblock_\d+\/.*\/query\/kernel$/.test(name);
    const axes = stacked ? shape.slice(1) : shape;
    if ((stacked || single) && axes.length === 3) return axes[1] ?? null;
  }
  return null;
}
