import { describe, expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import type { FeatureSet } from './linear-probe.ts';
import { applyHead, fitLinearProbe, PROBE_DECAYS } from './linear-probe.ts';

const WIDTH = 6;
const CLASSES = 3;

/** Clusters that overlap, on features of very different scale and one that never varies. */
function clusters(count: number, seed: number): FeatureSet {
  const random = new Random(seed, ['clusters']);
  const labels = Array.from({ length: count }, (_, row) => row % CLASSES);
  const features = Float32Array.from({ length: count * WIDTH }, (_, at) => {
    const [row, column] = [Math.floor(at / WIDTH), at % WIDTH];
    if (column === 5) return 7;
    return 10 ** (column - 2) * ((labels[row] === column ? 1.5 : 0) + random.normal()) + column;
  });
  return { features, labels };
}

const fit = (validation: FeatureSet | null, train = clusters(60, 1)) =>
  fitLinearProbe({
    train,
    validation,
    width: WIDTH,
    classes: CLASSES,
    classWeights: 'none',
    threads: 1,
    checkStopped: () => Promise.resolve(),
  });

/** Gradient of the fitted objective in the standardised weights, written out in float64. */
function gradientAt(
  { features, labels }: FeatureSet,
  weight: Float32Array,
  bias: Float32Array,
  weightDecay: number,
): number {
  const count = labels.length;
  const column = (i: number) => labels.map((_, row) => features[row * WIDTH + i]!);
  const mean = Array.from({ length: WIDTH }, (_, i) => column(i).reduce((a, b) => a + b, 0) / count);
  const deviation = mean.map((m, i) => Math.sqrt(column(i).reduce((sum, v) => sum + (v - m) ** 2, 0) / count));
  const gradient = new Float64Array(CLASSES * WIDTH);
  labels.forEach((label, row) => {
    const logits = Array.from({ length: CLASSES }, (_, c) =>
      Array.from({ length: WIDTH }, (_unused, i) => features[row * WIDTH + i]! * weight[c * WIDTH + i]!).reduce(
        (a, b) => a + b,
        bias[c]!,
      ),
    );
    const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
    logits.forEach((z, c) => {
      for (let i = 0; i < WIDTH - 1; i++) {
        const standard = (features[row * WIDTH + i]! - mean[i]!) / deviation[i]!;
        gradient[c * WIDTH + i]! += ((Math.exp(z) / total - (c === label ? 1 : 0)) * standard) / count;
      }
    });
  });
  for (let c = 0; c < CLASSES; c++) {
    for (let i = 0; i < WIDTH - 1; i++)
      gradient[c * WIDTH + i]! += weightDecay * weight[c * WIDTH + i]! * deviation[i]!;
  }
  return Math.max(...gradient.map(Math.abs));
}

describe('the linear probe', () => {
  it('is at the optimum of the decayed cross entropy of standardised features', async () => {
    const train = clusters(60, 1);
    const { best } = await fit(null, train);
    expect(gradientAt(train, best.weight, best.bias, best.weightDecay)).toBeLessThan(1e-4);
  });

  it('separates what can be separated', async () => {
    const held = clusters(90, 2);
    const { best } = await fit(held);
    const logits = applyHead(best.weight, best.bias, held.features, WIDTH);
    const hits = held.labels.filter((label, row) => {
      const scores = [...logits.subarray(row * CLASSES, (row + 1) * CLASSES)];
      return scores.indexOf(Math.max(...scores)) === label;
    }).length;
    expect(hits / held.labels.length).toBeGreaterThan(0.6);
  });

  it('starts a side network from a probe that is decayed at least as strongly as the best one', async () => {
    const { best, start } = await fit(clusters(90, 2));
    expect(PROBE_DECAYS).toContain(best.weightDecay);
    expect(start.weightDecay).toBeGreaterThanOrEqual(best.weightDecay);
  });

  it('is the same probe twice where nothing is held out', async () => {
    const { best, start } = await fit(null);
    expect(start).toBe(best);
  });

  it('ignores a feature that never varies', async () => {
    const { best } = await fit(null);
    for (let c = 0; c < CLASSES; c++) expect(best.weight[c * WIDTH + 5]).toBe(0);
  });
});
