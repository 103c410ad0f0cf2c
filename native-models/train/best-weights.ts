/**
 * The trained tensors of the epoch that did best on the validation photos: most photos right, then the lower mean
 * cross-entropy, then the earlier epoch. The start counts as epoch 0.
 */

export interface Score {
  readonly epoch: number;
  readonly accuracy: number;
  readonly loss: number;
}

export class BestWeights {
  /** Empty until the first offer. */
  readonly values = new Map<string, Float32Array>();
  score: Score | null = null;

  /** `logits` [n, C]; keeps a copy of `parameters` where they are better than all before. */
  offer(
    epoch: number,
    { logits, labels }: { readonly logits: Float32Array; readonly labels: readonly number[] },
    parameters: ReadonlyMap<string, Float32Array>,
  ): void {
    const score = { epoch, ...scoreOf(logits, labels) };
    const { score: best } = this;
    if (best !== null && !isBetter(score, best)) return;
    this.score = score;
    for (const [name, values] of parameters) this.values.set(name, values.slice());
  }

  /** Puts the kept values into `parameters`; what was never offered changes nothing. */
  restore(parameters: ReadonlyMap<string, Float32Array>): void {
    for (const [name, values] of this.values) parameters.get(name)?.set(values);
  }
}

function isBetter(one: Score, other: Score): boolean {
  return one.accuracy > other.accuracy || (one.accuracy === other.accuracy && one.loss < other.loss);
}

function scoreOf(logits: Float32Array, labels: readonly number[]): { accuracy: number; loss: number } {
  const classes = logits.length / labels.length;
  let right = 0;
  let loss = 0;
  for (const [row, label] of labels.entries()) {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    const top = Math.max(...own);
    if (own.indexOf(top) === label) right++;
    const sum = own.reduce((total, value) => total + Math.exp(value - top), 0);
    loss += Math.log(sum) + top - own[label]!;
  }
  return { accuracy: right / labels.length, loss: loss / labels.length };
}
