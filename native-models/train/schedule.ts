/**
 * The paper's learning rate, set once an epoch: linear warm-up from `warmupFrom` to the peak over the first epochs, then
 * the cosine measured from epoch 0 (not from the end of the warm-up), then the floor.
 */
export interface Schedule {
  readonly peak: number;
  readonly warmupEpochs: number;
  readonly warmupFrom: number;
  readonly cosineEpochs: number;
  readonly floor: number;
}

/** `epoch` counts from 0. */
export function learningRate({ peak, warmupEpochs, warmupFrom, cosineEpochs, floor }: Schedule, epoch: number): number {
  if (epoch < warmupEpochs) return warmupFrom + (epoch * (peak - warmupFrom)) / warmupEpochs;
  if (epoch >= cosineEpochs) return floor;
  return floor + 0.5 * (peak - floor) * (1 + Math.cos((Math.PI * epoch) / cosineEpochs));
}
