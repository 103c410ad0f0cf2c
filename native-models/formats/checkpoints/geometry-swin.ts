/** Which Swin Transformer a set of canonical tensors is. Image size, epsilon and activation leave no trace in its weights. */
import type { SwinSpec } from '../../models/swin-spec.ts';
import type { CanonicalShapes, GeometryReading } from './geometry.ts';
import { maxDepth } from './geometry.ts';

export type SwinGeometry = Omit<SwinSpec, 'layerNormEps' | 'imageSize'>;

const patchWeight = 'patch_embed.proj.weight';
const maxStages = 8;

export function readSwinGeometry(tensors: CanonicalShapes): GeometryReading<SwinGeometry> {
  const problems: string[] = [];
  const patch = tensors.shape(patchWeight, problems);
  const firstTable = 'layers.0.blocks.0.attn.relative_position_bias_table';
  const [patchTable, mlp] = [firstTable, 'layers.0.blocks.0.mlp.fc1.weight'].map((name) =>
    tensors.shape(name, problems),
  );
  if (patch === undefined || patchTable === undefined || mlp === undefined) return { problems };
  const [width = 0, channels, patchSize = 0, patchWidth] = patch;
  if (patch.length !== 4 || channels !== 3 || patchSize !== patchWidth || patchSize < 1 || width < 1) {
    problems.push(tensors.misshaped(patchWeight, '[d, 3, p, p]: square patches of RGB'));
  }
  const windowSize = windowOf(patchTable);
  if (windowSize === null) {
    problems.push(tensors.misshaped(firstTable, '[(2w - 1)², heads], w the side of a window'));
  }
  const stages = 1 + tensors.last(/^layers\.(\d{1,15})\.blocks\./);
  if (stages > maxStages)
    problems.push(`There is a stage ${stages - 1}; networks of up to ${maxStages} stages are read.`);
  if (problems.length > 0 || windowSize === null) return { problems };
  const depths: number[] = [];
  const heads: number[] = [];
  for (let stage = 0; stage < stages; stage++) {
    const depth = 1 + tensors.last(new RegExp(`^layers\\.${stage}\\.blocks\\.(\\d{1,15})\\.`));
    const table = tensors.shape(`layers.${stage}.blocks.0.attn.relative_position_bias_table`, problems);
    if (depth > maxDepth) problems.push(`Stage ${stage} has a block ${depth - 1}; up to ${maxDepth} are read.`);
    depths.push(depth);
    heads.push(table?.[1] ?? 0);
  }
  if (problems.length > 0) return { problems };
  const mlpRatio = (mlp[0] ?? 0) / width;
  return { geometry: { family: 'swin', patchSize, windowSize, width, depths, heads, mlpRatio } };
}

function windowOf([rows = 0, heads = 0]: readonly number[]): number | null {
  const side = (Math.sqrt(rows) + 1) / 2;
  return Number.isInteger(side) && heads > 0 ? side : null;
}
