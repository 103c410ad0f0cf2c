/** The classifier on the pooled features, the one trainable part that every method has. */
import { Random } from '../data/random.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { gemm } from '../ops/gemm.ts';

export const HEAD_WEIGHT = 'head.weight';
export const HEAD_BIAS = 'head.bias';

export function headParameters(classes: number, width: number): ReadonlyMap<string, readonly number[]> {
  return new Map([
    [HEAD_WEIGHT, [classes, width]],
    [HEAD_BIAS, [classes]],
  ]);
}

export interface Head {
  readonly logits: Value;
  readonly parameters: ReadonlyMap<string, Value>;
}

/** features [B, d] -> logits [B, C] */
export function injectHead(b: GraphBuilder, features: Value, classes: number): Head {
  const weight = b.parameter(HEAD_WEIGHT, [classes, dim(features.shape, 1)]);
  const bias = b.parameter(HEAD_BIAS, [classes]);
  const logits = b.scope('head', () => gemm(b, features, weight, { transB: 1, plus: bias }));
  return {
    logits,
    parameters: new Map([
      [HEAD_WEIGHT, weight],
      [HEAD_BIAS, bias],
    ]),
  };
}

/** The paper's start: normal with standard deviation 0.02, bias 0. */
export function randomHead(classes: number, width: number, seed: number): Map<string, Float32Array> {
  const random = new Random(seed, ['initial', HEAD_WEIGHT]);
  return new Map([
    [HEAD_WEIGHT, Float32Array.from({ length: classes * width }, () => 0.02 * random.normal())],
    [HEAD_BIAS, new Float32Array(classes)],
  ]);
}
