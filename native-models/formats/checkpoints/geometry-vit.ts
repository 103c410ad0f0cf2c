/** Which Vision Transformer a set of canonical tensors is. Heads, epsilon and activation leave no trace in it. */
import type { VitSpec } from '../../models/vit-spec.ts';
import type { CanonicalShapes, GeometryReading } from './geometry.ts';
import { maxDepth } from './geometry.ts';

export type VitGeometry = Omit<VitSpec, 'heads' | 'layerNormEps' | 'activation'>;

const patchWeight = 'patch_embed.proj.weight';

/** `attends`: whether the published classifier pools by attention, with tensors that are left out. */
export function readVitGeometry(tensors: CanonicalShapes, attends: boolean): GeometryReading<VitGeometry> {
  const problems: string[] = [];
  const [patch, position, mlp] = [patchWeight, 'pos_embed', 'blocks.0.mlp.fc1.weight'].map((name) =>
    tensors.shape(name, problems),
  );
  if (patch === undefined || position === undefined || mlp === undefined) return { problems };
  const [width = 0, channels, patchSize = 0, patchWidth] = patch;
  if (patch.length !== 4 || channels !== 3 || patchSize !== patchWidth || patchSize < 1 || width < 1) {
    problems.push(tensors.misshaped(patchWeight, '[d, 3, p, p]: square patches of RGB'));
  }
  const [, registers = 0] = tensors.has('reg_token') ? (tensors.shape('reg_token', problems) ?? []) : [];
  const tokens = {
    classToken: tensors.has('cls_token') || lacksClassToken(tensors, position),
    distillationToken: tensors.has('dist_token'),
    registers,
  };
  const depth = 1 + tensors.last(/^blocks\.(\d{1,15})\./);
  if (depth > maxDepth) problems.push(`There is a block ${depth - 1}; networks of up to ${maxDepth} blocks are read.`);
  const before = Number(tokens.classToken) + Number(tokens.distillationToken) + registers;
  const [one, rows = 0, positionWidth] = position;
  const places =
    position.length === 3 && one === 1 && positionWidth === width ? placesOf(rows, before, registers) : null;
  if (places === null) {
    const also = before === 0 ? '' : `, with or without ${before} more for the tokens before the patches`;
    problems.push(tensors.misshaped('pos_embed', `[1, n, ${width}], n a square number of patches${also}`));
  }
  if (problems.length > 0 || places === null) return { problems };
  const finalNorm = !tensors.has('norm.weight') && tensors.has('fc_norm.weight') ? 'fc_norm' : 'norm';
  const averages = finalNorm === 'fc_norm' || !tokens.classToken;
  return {
    geometry: {
      family: 'vit',
      imageSize: places.grid * patchSize,
      patchSize,
      width,
      depth,
      mlpWidth: mlp[0] ?? 0,
      ...tokens,
      positions: places.positions,
      preNorm: tensors.has('norm_pre.weight'),
      patchBias: tensors.has('patch_embed.proj.bias'),
      layerScale: tensors.has('blocks.0.ls1.gamma'),
      finalNorm,
      pooling: attends ? 'attention' : averages ? 'mean' : 'class',
    },
  };
}

/** One row more than patches that make a square, and no token in front of them: a class token is missing. */
function lacksClassToken(tensors: CanonicalShapes, [, rows = 0]: readonly number[]): boolean {
  const others = tensors.has('dist_token') || tensors.has('reg_token');
  return !others && rows > 1 && !Number.isInteger(Math.sqrt(rows)) && Number.isInteger(Math.sqrt(rows - 1));
}

/** Positions of the patches alone, or of the tokens before them as well; both only fit with three such tokens or more. */
function placesOf(
  rows: number,
  before: number,
  registers: number,
): { readonly grid: number; readonly positions: VitSpec['positions'] } | null {
  const patches = { grid: Math.sqrt(rows), positions: 'patches' as const };
  const all = { grid: Math.sqrt(rows - before), positions: 'all' as const };
  const fitting = (registers > 0 || before === 0 ? [patches, all] : [all, patches]).find(
    ({ grid }) => Number.isInteger(grid) && grid > 0,
  );
  // Where there are no such tokens, the two words mean the same.
  return fitting === undefined ? null : before === 0 ? { ...fitting, positions: 'all' } : fitting;
}
