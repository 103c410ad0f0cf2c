/**
 * Dense targets [B, C] for the cross entropy, with everything that depends on the whole batch folded in, so that
 * micro-batches add up to exactly the full batch's loss and gradient:
 *   t[b, c] = ((1 - s) w_y [c = y] + (s / C) w_c) / W,   W = sum over the whole batch of w_y
 * which is PyTorch's CrossEntropyLoss(weight=w, label_smoothing=s), reduction "mean".
 */
export interface LossOptions {
  readonly classes: number;
  readonly labelSmoothing: number;
  /** One weight a class; all 1 where classes count alike. */
  readonly classWeights: Float64Array;
}

export function denseTargets(
  labels: ArrayLike<number>,
  { classes, labelSmoothing, classWeights }: LossOptions,
): Float32Array {
  const targets = new Float32Array(labels.length * classes);
  let total = 0;
  for (let row = 0; row < labels.length; row++) total += classWeights[labels[row]!]!;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    for (let c = 0; c < classes; c++) {
      const hit = c === label ? (1 - labelSmoothing) * classWeights[label]! : 0;
      targets[row * classes + c] = (hit + (labelSmoothing / classes) * classWeights[c]!) / total;
    }
  }
  return targets;
}

/** Weights n / (C n_c), under which every class present has the same total weight; all 1 for `none`. */
export function classWeightsOf(
  labels: ArrayLike<number>,
  classes: number,
  weighting: 'none' | 'balanced',
): Float64Array {
  const weights = new Float64Array(classes).fill(1);
  if (weighting === 'none') return weights;
  const counts = new Float64Array(classes);
  for (let row = 0; row < labels.length; row++) counts[labels[row]!]!++;
  return weights.map((_, c) => (counts[c]! > 0 ? labels.length / (classes * counts[c]!) : 0));
}
