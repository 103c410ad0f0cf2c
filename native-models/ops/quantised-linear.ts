import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Value } from '../graph/types.ts';
import { dim, elementCount } from '../graph/types.ts';
import { sumTo } from './broadcast.ts';
import { defineOp, int, required, shapeError } from './define.ts';

/** The kernel may round what it multiplies to 8 bits as well, a block of a row at a time. */
const ROUNDS_ROWS = 4;

/**
 * x W^T + bias, W [N, K] kept in 8 bits: codes uint8 [N, K / block, block] of (w / scale) + 128, scales [N, K / block]. The
 * gradient is that of the product with W as the codes say it, by codes of the transpose (`ValueSource`), which round anew;
 * that the kernel rounds x, too, is passed over, as is usual.
 */
export const quantisedLinearOp = defineOp<Attributes>({
  name: 'QuantisedLinear',
  infer: (inputs) => {
    const [x, codes, scales] = [0, 1, 2].map((index) => required(inputs, index, 'QuantisedLinear')) as [
      Value,
      Value,
      Value,
    ];
    const [outputs, blocks, block] = [dim(codes.shape, 0), dim(codes.shape, 1), dim(codes.shape, 2)];
    if (x.shape.length !== 2 || dim(x.shape, 1) !== blocks * block)
      throw shapeError('QuantisedLinear', 'rows and codes do not fit', x.shape, codes.shape);
    if (codes.dtype !== 'uint8' || elementCount(scales.shape) !== outputs * blocks)
      throw shapeError('QuantisedLinear', 'codes and scales do not fit', codes.shape, scales.shape);
    return [{ dtype: 'float32', shape: [dim(x.shape, 0), outputs] }];
  },
  emit: ({ node, inputs: [x = '', codes = '', scales = '', bias = ''], outputs }) => {
    const { shape } = node.inputs[1]!;
    return [
      {
        opType: 'MatMulNBits',
        domain: 'com.microsoft',
        inputs: bias === '' ? [x, codes, scales] : [x, codes, scales, '', '', bias],
        outputs,
        attributes: {
          K: int(dim(shape, 1) * dim(shape, 2)),
          N: int(dim(shape, 0)),
          bits: int(8),
          block_size: int(dim(shape, 2)),
          accuracy_level: int(ROUNDS_ROWS),
        },
      },
    ];
  },
  gradient: ({ b, dy, node, needs, input }) => {
    const [codes, scales] = transposeOf(b, node.inputs[1]!);
    return [
      needs(0) ? quantisedLinear(b, dy, { codes, scales }) : null,
      null,
      null,
      ...(node.inputs.length > 3 ? [needs(3) ? sumTo(b, dy, input(3).shape) : null] : []),
    ];
  },
  cases: [],
});

export interface QuantisedMatrix {
  readonly codes: Value;
  readonly scales: Value;
}

export function quantisedLinear(b: GraphBuilder, x: Value, { codes, scales }: QuantisedMatrix, bias?: Value): Value {
  return b.one(quantisedLinearOp, bias === undefined ? [x, codes, scales] : [x, codes, scales, bias], {});
}

function transposeOf(b: GraphBuilder, codes: Value): [Value, Value] {
  if (codes.source.kind !== 'weight' || codes.source.transposed === undefined)
    throw new TypeError(`${codes.name} has no transpose.`);
  const { codes: turned, scales } = codes.source.transposed;
  return [
    b.weight(turned.name, turned.shape, 'uint8', turned.data),
    b.weight(scales.name, scales.shape, 'float32', scales.data),
  ];
}
