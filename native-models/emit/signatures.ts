/**
 * The ONNX operators that graphs are made of, as the standard knows them at the opset that we emit: the version since which
 * the operator is what it is (a kernel is registered for that version), and the type constraint of each input. Null: the
 * standard fixes the type of the input, which is an integer list.
 */
export interface Signature {
  readonly since: number;
  readonly inputs: readonly (string | null)[];
}

const standard = (since: number, ...inputs: readonly (string | null)[]): Signature => ({ since, inputs });
const contrib = (...inputs: readonly (string | null)[]): Signature => ({ since: 1, inputs });

export const signatures: ReadonlyMap<string, Signature> = new Map([
  ['ai.onnx Add', standard(14, 'T', 'T')],
  ['ai.onnx Cast', standard(13, 'T1')],
  ['ai.onnx Concat', standard(13, 'T')],
  ['ai.onnx Conv', standard(11, 'T', 'T')],
  ['ai.onnx Erf', standard(13, 'T')],
  ['ai.onnx Exp', standard(13, 'T')],
  ['ai.onnx Expand', standard(13, 'T', null)],
  ['ai.onnx Gather', standard(13, 'T', 'Tind')],
  ['ai.onnx Gemm', standard(13, 'T', 'T', 'T')],
  ['ai.onnx Identity', standard(16, 'V')],
  ['ai.onnx LayerNormalization', standard(17, 'T', 'T', 'T')],
  ['ai.onnx Log', standard(13, 'T')],
  ['ai.onnx MatMul', standard(13, 'T', 'T')],
  ['ai.onnx Mul', standard(14, 'T', 'T')],
  ['ai.onnx Neg', standard(13, 'T')],
  ['ai.onnx Reciprocal', standard(13, 'T')],
  ['ai.onnx ReduceMax', standard(18, 'T', null)],
  ['ai.onnx ReduceMean', standard(18, 'T', null)],
  ['ai.onnx ReduceSum', standard(13, 'T', null)],
  ['ai.onnx Reshape', standard(14, 'T', null)],
  ['ai.onnx Sigmoid', standard(13, 'T')],
  ['ai.onnx Softmax', standard(13, 'T')],
  ['ai.onnx Split', standard(18, 'T', null)],
  ['ai.onnx Sqrt', standard(13, 'T')],
  ['ai.onnx Sub', standard(14, 'T', 'T')],
  ['ai.onnx Transpose', standard(13, 'T')],
  ['com.microsoft FastGelu', contrib('T')],
  ['com.microsoft Gelu', contrib('T')],
  ['com.microsoft MultiHeadAttention', contrib('T', 'T', 'T', 'T', 'M', 'T')],
  ['com.microsoft QuickGelu', contrib('T')],
]);
