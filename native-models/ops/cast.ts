import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Value } from '../graph/types.ts';
import { defineOp, int, required } from './define.ts';

interface CastAttributes extends Attributes {
  readonly to: 'float32';
}

const ONNX_FLOAT = 1;

/** Frozen half-precision weights to float32; the runtime folds it when a session is made. Never differentiated. */
export const castOp = defineOp<CastAttributes>({
  name: 'Cast',
  infer: (inputs) => [{ dtype: 'float32', shape: required(inputs, 0, 'Cast').shape }],
  emit: ({ inputs, outputs }) => [{ opType: 'Cast', inputs, outputs, attributes: { to: int(ONNX_FLOAT) } }],
  gradient: null,
  cases: [{ title: 'float32 to itself', shapes: [[3, 2]], attributes: { to: 'float32' }, differentiable: [] }],
});

export function castToFloat32(b: GraphBuilder, x: Value): Value {
  return x.dtype === 'float32' ? x : b.one(castOp, [x], { to: 'float32' });
}
