/**
 * What an operator is: how shapes follow, how it is written as ONNX, what its gradient is, and cases that test all
 * of it (finite differences against the float64 evaluator, and the runtime against the float64 evaluator).
 */
import { EngineError } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Node, Shape, TensorType, Value } from '../graph/types.ts';

export interface GradientContext<A extends Attributes> {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly attributes: A;
  /** Inputs of the node; asking for an omitted optional one throws. */
  readonly input: (index: number) => Value;
  readonly output: (index: number) => Value;
  /** Adjoint of the first output, for the operators that are differentiated through it alone. */
  readonly dy: Value;
  /** Adjoint of every output; `null` where the loss does not depend on it. */
  readonly dys: readonly (Value | null)[];
  /** Whether the loss reaches a trainable parameter through this input: other gradients need not be built. */
  readonly needs: (index: number) => boolean;
}

/** What the emitted model will run on, where it makes a difference. */
export interface EmitTarget {
  /** Channels that the runtime's blocked kernels take at a time; null where it has none. */
  readonly channelBlock: number | null;
}

/** How one node becomes ONNX nodes; `integers` adds an int64 initialiser (shapes, axes) and returns its name. */
export interface EmitContext<A extends Attributes> {
  readonly node: Node;
  readonly attributes: A;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly target: EmitTarget;
  readonly integers: (values: readonly number[]) => string;
  /** Adds a float32 initialiser of rank 0. */
  readonly scalar: (value: number) => string;
  /** A name for a tensor between the ONNX nodes of one operator. */
  readonly temporary: (suffix: string) => string;
}

/** The runtime's own domain for kernels over blocks of channels. */
export const BLOCKED = 'com.microsoft.nchwc';

export type EmittedAttribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] };

export interface EmittedNode {
  readonly opType: string;
  readonly domain?: 'com.microsoft' | typeof BLOCKED;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, EmittedAttribute>>;
}

/** One example of an operator: `differentiable` names the inputs whose gradient is checked. */
export interface OpCase {
  readonly title: string;
  readonly shapes: readonly (Shape | null)[];
  readonly attributes: Attributes;
  /** Values are drawn from [low, high]; away from poles and kinks. */
  readonly range?: readonly [number, number];
  readonly differentiable: readonly number[];
}

export interface OpDefinition<A extends Attributes = Attributes> {
  readonly name: string;
  readonly infer: (inputs: readonly (TensorType | null)[], attributes: A) => readonly TensorType[];
  readonly emit: (context: EmitContext<A>) => readonly EmittedNode[];
  /**
   * For an operator whose `emit` is one of the runtime's own: the same in operators of the ONNX standard alone, as in
   * models for elsewhere.
   */
  readonly emitStandard?: (context: EmitContext<A>) => readonly EmittedNode[];
  /** One gradient an input; `null` where `needs` is false or the input is not differentiable. */
  readonly gradient: ((context: GradientContext<A>) => readonly (Value | null)[]) | null;
  readonly cases: readonly OpCase[];
}

export function defineOp<A extends Attributes>(definition: OpDefinition<A>): OpDefinition<A> {
  return definition;
}

/** The input's type, or an error that names the operator. */
export function required(inputs: readonly (TensorType | null)[], index: number, op: string): TensorType {
  const input = inputs[index];
  if (input === null || input === undefined) throw new EngineError('graph.shape', `${op} needs input ${index}.`);
  return input;
}

export function shapeError(op: string, why: string, ...shapes: readonly Shape[]): EngineError {
  const list = shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ');
  return new EngineError('graph.shape', `${op}: ${why} (${list}).`);
}

/** An operator that is one ONNX node of the same inputs and outputs. */
export function emitAs(
  opType: string,
  attributes: Readonly<Record<string, EmittedAttribute>> = {},
  domain?: 'com.microsoft',
): (context: { inputs: readonly string[]; outputs: readonly string[] }) => readonly EmittedNode[] {
  return ({ inputs, outputs }) => [
    { opType, inputs, outputs, attributes, ...(domain === undefined ? {} : { domain }) },
  ];
}

export const int = (value: number): EmittedAttribute => ({ kind: 'int', value });
export const float = (value: number): EmittedAttribute => ({ kind: 'float', value });
export const ints = (value: readonly number[]): EmittedAttribute => ({ kind: 'ints', value });
