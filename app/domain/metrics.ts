/**
 * How good predictions are. Macro-F1 is the mean over the classes that occur among labels or predictions; a class
 * that is never hit counts 0 (scikit-learn's `zero_division=0`).
 */
export interface Evaluation {
  /** Mean cross entropy in nats. */
  readonly loss: number;
  readonly accuracy: number;
  readonly macroF1: number;
}

export interface ClassScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Photos that carry the label. */
  readonly support: number;
}

/** Softmax of one row of logits. */
export function probabilities(logits: ArrayLike<number>): number[] {
  const row = Array.from(logits);
  const top = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - top));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/** Position of the largest logit; the first of equal ones. */
export function topClass(logits: ArrayLike<number>): number {
  let best = 0;
  for (let at = 1; at < logits.length; at++) if ((logits[at] ?? -Infinity) > (logits[best] ?? -Infinity)) best = at;
  return best;
}

/** Counts [label][prediction]. */
export function confusionMatrix(
  labels: readonly number[],
  predictions: readonly number[],
  classes: number,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, at) => {
    const row = matrix[label];
    const predicted = predictions[at];
    if (row === undefined || predicted === undefined)
      throw new RangeError(`Label ${label} is outside ${classes} classes.`);
    row[predicted] = (row[predicted] ?? 0) + 1;
  });
  return matrix;
}

export function classScores(matrix: readonly (readonly number[])[]): ClassScore[] {
  return matrix.map((row, label) => {
    const hits = row[label] ?? 0;
    const support = row.reduce((sum, count) => sum + count, 0);
    const predicted = matrix.reduce((sum, other) => sum + (other[label] ?? 0), 0);
    return {
      precision: predicted === 0 ? 0 : hits / predicted,
      recall: support === 0 ? 0 : hits / support,
      f1: support + predicted === 0 ? 0 : (2 * hits) / (support + predicted),
      support,
    };
  });
}

export function macroF1(matrix: readonly (readonly number[])[]): number {
  const scores = classScores(matrix);
  const present = scores.filter(({ support }, label) => support > 0 || matrix.some((row) => (row[label] ?? 0) > 0));
  return present.length === 0 ? 0 : present.reduce((sum, { f1 }) => sum + f1, 0) / present.length;
}

/** `logits` row by row, [n, C]; all figures are 0 where there is nothing to judge. */
export function evaluate(logits: ArrayLike<number>, labels: readonly number[], classes: number): Evaluation {
  if (labels.length === 0) return { loss: 0, accuracy: 0, macroF1: 0 };
  const rows = labels.map((_, row) =>
    Array.from({ length: classes }, (_unused, c) => logits[row * classes + c] ?? NaN),
  );
  const predictions = rows.map((row) => topClass(row));
  const hits = labels.filter((label, row) => predictions[row] === label).length;
  const loss = rows.reduce((sum, row, at) => {
    const top = Math.max(...row);
    const logSum = top + Math.log(row.reduce((total, value) => total + Math.exp(value - top), 0));
    return sum + logSum - (row[labels[at] ?? -1] ?? NaN);
  }, 0);
  return {
    loss: loss / labels.length,
    accuracy: hits / labels.length,
    macroF1: macroF1(confusionMatrix(labels, predictions, classes)),
  };
}
