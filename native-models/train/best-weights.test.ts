import { expect, it } from 'vitest';
import { BestWeights } from './best-weights.ts';

const labels = [0, 1];
const right = Float32Array.of(2, 0, 0, 2);
const rightAndSure = Float32Array.of(4, 0, 0, 4);
const halfRight = Float32Array.of(9, 0, 9, 0);
const weights = (value: number) => new Map([['head.weight', Float32Array.of(value)]]);

it('keeps the weights that got most photos right, then the surer ones, then the earlier ones', () => {
  const best = new BestWeights();
  best.offer(0, { logits: halfRight, labels }, weights(10));
  best.offer(1, { logits: right, labels }, weights(11));
  best.offer(2, { logits: halfRight, labels }, weights(12));
  best.offer(3, { logits: rightAndSure, labels }, weights(13));
  best.offer(4, { logits: rightAndSure, labels }, weights(14));
  expect(best.score).toMatchObject({ epoch: 3, accuracy: 1 });
  const parameters = weights(99);
  best.restore(parameters);
  expect(parameters).toEqual(weights(13));
});

it('keeps a copy: training goes on with the same arrays', () => {
  const best = new BestWeights();
  const parameters = weights(1);
  best.offer(0, { logits: right, labels }, parameters);
  parameters.get('head.weight')!.fill(7);
  expect(best.values).toEqual(weights(1));
});

it('measures the mean cross-entropy in nats', () => {
  const best = new BestWeights();
  best.offer(0, { logits: Float32Array.of(0, 0, 0, 0), labels }, weights(0));
  expect(best.score?.loss).toBeCloseTo(Math.log(2), 6);
});
