import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { sameShape } from '../graph/types.ts';
import { defineOp, int, required, shapeError } from './define.ts';
import { mul } from './mul.ts';
import { reduceSum } from './reduce-sum.ts';
import { softmax } from './softmax.ts';
import { sub } from './sub.ts';

/**
 * Cross entropy with dense targets: logits [B, C], targets [B, C] -> sum over both of -t log softmax(z), shape [].
 *
 * Class weights, label smoothing and the batch's normalisation are all in the targets (`data/targets.ts`), so the
 * losses and gradients of micro-batches simply add up. The largest logit is taken off first, since LogSoftmax is
 * missing on WebGPU. dz = softmax(z) sum_c(t) - t.
 */
export const crossEntropyOp = defineOp({
  name: 'CrossEntropy',
  infer: (inputs) => {
    const logits = required(inputs, 0, 'CrossEntropy');
    const targets = required(inputs, 1, 'CrossEntropy');
    if (logits.shape.length !== 2 || !sameShape(logits.shape, targets.shape)) {
      throw shapeError('CrossEntropy', 'logits and targets differ', logits.shape, targets.shape);
    }
    return [{ dtype: logits.dtype, shape: [] }];
  },
  emit: ({ inputs, outputs, integers, temporary }) => {
    const [logits, targets] = [inputs[0] ?? '', inputs[1] ?? ''];
    const [max, shifted, powers, sum, logSum, logProbabilities, products, total] = [
      'max',
      'shifted',
      'powers',
      'sum',
      'logSum',
      'logProbabilities',
      'products',
      'total',
    ].map(temporary) as [string, string, string, string, string, string, string, string];
    const keep = { keepdims: int(1) };
    return [
      { opType: 'ReduceMax', inputs: [logits, integers([1])], outputs: [max], attributes: keep },
      { opType: 'Sub', inputs: [logits, max], outputs: [shifted] },
      { opType: 'Exp', inputs: [shifted], outputs: [powers] },
      { opType: 'ReduceSum', inputs: [powers, integers([1])], outputs: [sum], attributes: keep },
      { opType: 'Log', inputs: [sum], outputs: [logSum] },
      { opType: 'Sub', inputs: [shifted, logSum], outputs: [logProbabilities] },
      { opType: 'Mul', inputs: [logProbabilities, targets], outputs: [products] },
      { opType: 'ReduceSum', inputs: [products, integers([0, 1])], outputs: [total], attributes: { keepdims: int(0) } },
      { opType: 'Neg', inputs: [total], outputs },
    ];
  },
  gradient: ({ b, dy, input, needs }) => {
    const [logits, targets] = [input(0), input(1)];
    if (needs(1)) throw shapeError('CrossEntropy', 'targets are data and have no gradient', targets.shape);
    const weight = reduceSum(b, targets, [1], true);
    return [mul(b, sub(b, mul(b, softmax(b, logits), weight), targets), dy), null];
  },
  cases: [
    {
      title: '3 photos, 4 classes',
      shapes: [
        [3, 4],
        [3, 4],
      ],
      attributes: {},
      range: [0.05, 0.9],
      differentiable: [0],
    },
  ],
});

export function crossEntropy(b: GraphBuilder, logits: Value, targets: Value): Value {
  return b.one(crossEntropyOp, [logits, targets], {});
}
