/** Which photos make up which batch of an epoch: a function of seed and epoch alone. */
import { Random } from './random.ts';

/** Positions 0..count-1 shuffled for one epoch and cut into batches. */
export function epochBatches(
  count: number,
  batchSize: number,
  seed: number,
  epoch: number,
  dropLast: boolean,
): Uint32Array[] {
  const order = new Random(seed, ['order', epoch]).permutation(count);
  const batches: Uint32Array[] = [];
  for (let start = 0; start < count; start += batchSize) batches.push(order.subarray(start, start + batchSize));
  // A data set smaller than one batch is one short batch: dropping it would leave nothing to train on.
  if (dropLast && batches.length > 1 && count % batchSize !== 0) batches.pop();
  return batches;
}
