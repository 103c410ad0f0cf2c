/**
 * The intermediate representation: a list of nodes in the order they were built, over values with static shapes.
 * A graph is immutable once `finish` has returned it; passes return new graphs over the same nodes.
 */
import type { DType } from '../dtypes.ts';

export type Shape = readonly number[];

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Bytes of a frozen tensor inside a file: the runtime maps them, this process never reads them. */
export interface ExternalData {
  /** File name inside the folder that the session is told of. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface StoredTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly data: ExternalData;
}

export interface TransposedMatrix {
  readonly codes: StoredTensor;
  readonly scales: StoredTensor;
}

export type ValueSource =
  /** Fed at every run: photos, targets, cached features. */
  | { readonly kind: 'input' }
  /** Fed at every run and differentiated: trainable tensors. */
  | { readonly kind: 'parameter' }
  /** `transposed`: of a matrix in 8 bits, the same in blocks along its other side, which backward multiplies by. */
  | { readonly kind: 'weight'; readonly data: ExternalData; readonly transposed?: TransposedMatrix }
  | { readonly kind: 'constant'; readonly data: Float32Array }
  | { readonly kind: 'node'; readonly node: Node; readonly index: number };

export interface Value extends TensorType {
  /** Scoped and unique within its graph: `blocks.7/attn/Gemm_1`. */
  readonly name: string;
  readonly source: ValueSource;
}

export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

export interface Node {
  /** Name of the operator in the registry (`ops/index.ts`). */
  readonly op: string;
  readonly name: string;
  /** `null` stands for an optional input that is left out. */
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** Inputs and parameters, in the order they were declared. */
  readonly inputs: readonly Value[];
  readonly outputs: ReadonlyMap<string, Value>;
}

export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Size along an axis that must exist; a missing one is a fault of the caller's graph, not of its data. */
export function dim(shape: Shape, axis: number): number {
  const size = shape[axis < 0 ? shape.length + axis : axis];
  if (size === undefined) throw new RangeError(`Shape [${shape.join(', ')}] has no axis ${axis}.`);
  return size;
}

/** Leaves (weights and constants) that the nodes read, each once, in order of first use. */
export function leavesOf(nodes: readonly Node[]): Value[] {
  const seen = new Set<Value>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (input !== null && (input.source.kind === 'weight' || input.source.kind === 'constant')) seen.add(input);
    }
  }
  return [...seen];
}
