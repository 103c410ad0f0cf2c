import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Value } from '../graph/types.ts';
import { dim, sameShape } from '../graph/types.ts';
import { add } from './add.ts';
import { sumTo } from './broadcast.ts';
import type { EmittedNode } from './define.ts';
import { defineOp, float, int, ints, required, shapeError } from './define.ts';
import { matmul, swapLast } from './matmul.ts';
import { mul } from './mul.ts';
import { reduceSum } from './reduce-sum.ts';
import { reshape } from './reshape.ts';
import { softmax } from './softmax.ts';
import { sub } from './sub.ts';
import { transpose } from './transpose.ts';

interface AttentionAttributes extends Attributes {
  readonly heads: number;
}

/**
 * softmax(Q K^T / sqrt(d/heads) + bias) V over heads, on Q, K, V of [B, T, d]; the bias, [1 or B, heads, T, T], is
 * optional (relative positions, masks).
 *
 * Forward is the runtime's fused operator, which keeps no [T, T] probabilities. Backward computes them again and uses
 * sum(dP P) = sum(dO O) (FlashAttention, Dao et al. 2022), so that only Q, K, V and O are kept. The scale is applied
 * to Q, the smaller tensor.
 */
export const attentionOp = defineOp<AttentionAttributes>({
  name: 'MultiHeadAttention',
  infer: (inputs, { heads }) => {
    const q = required(inputs, 0, 'MultiHeadAttention');
    const k = required(inputs, 1, 'MultiHeadAttention');
    const v = required(inputs, 2, 'MultiHeadAttention');
    const fits = q.shape.length === 3 && sameShape(q.shape, k.shape) && sameShape(q.shape, v.shape);
    if (!fits || dim(q.shape, 2) % heads !== 0)
      throw shapeError('MultiHeadAttention', `${heads} heads over`, q.shape, k.shape);
    const bias = inputs[3];
    const tokens = dim(q.shape, 1);
    const fitsBias = [1, dim(q.shape, 0)].some(
      (batch) => bias && sameShape(bias.shape, [batch, heads, tokens, tokens]),
    );
    if (bias && !fitsBias) throw shapeError('MultiHeadAttention', 'the bias does not fit', q.shape, bias.shape);
    return [{ dtype: q.dtype, shape: q.shape }];
  },
  emit: ({ node, inputs, outputs, attributes: { heads } }) => [
    {
      opType: 'MultiHeadAttention',
      domain: 'com.microsoft',
      // Between the values and the bias stand a bias of the projections and a padding mask, which we leave out.
      inputs: inputs.length > 3 ? [...inputs.slice(0, 3), '', '', ...inputs.slice(3)] : inputs,
      outputs,
      attributes: { num_heads: int(heads), scale: float(attentionScale(node.outputs[0]?.shape ?? [], heads)) },
    },
  ],
  emitStandard: ({
    node,
    inputs: [q = '', k = '', v = '', bias],
    outputs,
    integers,
    scalar,
    temporary,
    attributes,
  }) => {
    const { heads } = attributes;
    const [batch = 1, tokens = 1, width = 1] = node.outputs[0]?.shape ?? [];
    const split = (name: string, from: string, perm: readonly number[]): EmittedNode[] => [
      {
        opType: 'Reshape',
        inputs: [from, integers([batch, tokens, heads, width / heads])],
        outputs: [temporary(`${name}-heads`)],
      },
      {
        opType: 'Transpose',
        inputs: [temporary(`${name}-heads`)],
        outputs: [temporary(name)],
        attributes: { perm: ints(perm) },
      },
    ];
    const scores = temporary(bias === undefined ? 'scaled' : 'biased');
    return [
      ...split('q', q, [0, 2, 1, 3]),
      ...split('k', k, [0, 2, 3, 1]),
      ...split('v', v, [0, 2, 1, 3]),
      { opType: 'MatMul', inputs: [temporary('q'), temporary('k')], outputs: [temporary('products')] },
      {
        opType: 'Mul',
        inputs: [temporary('products'), scalar(attentionScale([batch, tokens, width], heads))],
        outputs: [temporary('scaled')],
      },
      ...(bias === undefined
        ? []
        : [{ opType: 'Add', inputs: [temporary('scaled'), bias], outputs: [temporary('biased')] }]),
      { opType: 'Softmax', inputs: [scores], outputs: [temporary('probabilities')], attributes: { axis: int(-1) } },
      { opType: 'MatMul', inputs: [temporary('probabilities'), temporary('v')], outputs: [temporary('mixed')] },
      {
        opType: 'Transpose',
        inputs: [temporary('mixed')],
        outputs: [temporary('merged')],
        attributes: { perm: ints([0, 2, 1, 3]) },
      },
      { opType: 'Reshape', inputs: [temporary('merged'), integers([batch, tokens, width])], outputs },
    ];
  },
  gradient: ({ b, dy, node, input, output, needs, attributes: { heads } }) => {
    const scale = b.scalar(attentionScale(dy.shape, heads));
    const q = mul(b, splitHeads(b, input(0), heads), scale);
    const k = splitHeads(b, input(1), heads);
    const v = splitHeads(b, input(2), heads);
    const dOut = splitHeads(b, dy, heads);
    const products = matmul(b, q, swapLast(b, k));
    const hasBias = node.inputs.length > 3;
    const probabilities = softmax(b, hasBias ? add(b, products, input(3)) : products);
    const inner = reduceSum(b, mul(b, dOut, splitHeads(b, output(0), heads)), [3], true);
    const dScores = mul(b, probabilities, sub(b, matmul(b, dOut, swapLast(b, v)), inner));
    return [
      mergeHeads(b, mul(b, matmul(b, dScores, k), scale)),
      mergeHeads(b, matmul(b, swapLast(b, dScores), q)),
      mergeHeads(b, matmul(b, swapLast(b, probabilities), dOut)),
      ...(hasBias ? [needs(3) ? sumTo(b, dScores, input(3).shape) : null] : []),
    ];
  },
  cases: [
    {
      title: 'one head',
      shapes: [
        [1, 4, 3],
        [1, 4, 3],
        [1, 4, 3],
      ],
      attributes: { heads: 1 },
      differentiable: [0, 1, 2],
    },
    {
      title: 'two heads',
      shapes: [
        [2, 3, 8],
        [2, 3, 8],
        [2, 3, 8],
      ],
      attributes: { heads: 2 },
      differentiable: [0, 1, 2],
    },
    ...[1, 2].map((batch) => ({
      title: `two heads with a bias of batch ${batch}`,
      shapes: [
        [2, 3, 8],
        [2, 3, 8],
        [2, 3, 8],
        [batch, 2, 3, 3],
      ],
      attributes: { heads: 2 },
      differentiable: [0, 1, 2, 3],
    })),
  ],
});

/** Of [B, T, d] over heads: 1 / sqrt(d / heads). */
export function attentionScale(shape: readonly number[], heads: number): number {
  return 1 / Math.sqrt(dim(shape, 2) / heads);
}

/** [B, T, d] -> [B, heads, T, d / heads] */
export function splitHeads(b: GraphBuilder, x: Value, heads: number): Value {
  const [batch, tokens, width] = [dim(x.shape, 0), dim(x.shape, 1), dim(x.shape, 2)];
  return transpose(b, reshape(b, x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** [B, heads, T, d / heads] -> [B, T, d] */
export function mergeHeads(b: GraphBuilder, x: Value): Value {
  const [batch, heads, tokens, width] = [dim(x.shape, 0), dim(x.shape, 1), dim(x.shape, 2), dim(x.shape, 3)];
  return reshape(b, transpose(b, x, [0, 2, 1, 3]), [batch, tokens, heads * width]);
}

export function attention(b: GraphBuilder, q: Value, k: Value, v: Value, heads: number, bias?: Value): Value {
  return b.one(attentionOp, bias === undefined ? [q, k, v] : [q, k, v, bias], { heads });
}
