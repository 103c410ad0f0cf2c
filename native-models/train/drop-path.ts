/** Draws of stochastic depth: one per photo, branch and epoch, whatever the micro-batch. */
import { Random } from '../data/random.ts';
import { branchDropRate, branchScaleName } from './graphs.ts';

/** Factors by input name, [rows]: 0 for a dropped branch, 1 / (1 - rate) for a kept one; padding rows keep 1. */
export function drawBranchScales(
  photoIds: readonly number[],
  rows: number,
  { seed, epoch, depth, dropPath }: { seed: number; epoch: number; depth: number; dropPath: number },
): Map<string, Float32Array> {
  const scales = new Map<string, Float32Array>();
  const generators = photoIds.map((id) => new Random(seed, ['drop-path', epoch, id]));
  for (let branch = 0; branch < 2 * depth; branch++) {
    const rate = branchDropRate(branch, depth, dropPath);
    if (rate === 0) continue;
    const values = new Float32Array(rows).fill(1);
    generators.forEach((random, slot) => (values[slot] = random.uniform() < rate ? 0 : 1 / (1 - rate)));
    scales.set(branchScaleName(branch), values);
  }
  return scales;
}
