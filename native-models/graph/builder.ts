/**
 * Builds a graph node by node. Shapes are inferred and checked at each node, so a mistake is reported where it is made,
 * with the operator and its scope.
 */
import type { DType } from '../dtypes.ts';
import { EngineError } from '../errors.ts';
import type { OpDefinition } from '../ops/define.ts';
import type { Attributes, ExternalData, Graph, Node, Shape, TransposedMatrix, Value, ValueSource } from './types.ts';
import { elementCount } from './types.ts';

export class GraphBuilder {
  readonly name: string;
  readonly #nodes: Node[] = [];
  readonly #inputs: Value[] = [];
  readonly #names = new Map<string, number>();
  readonly #scalars = new Map<number, Value>();
  readonly #shared = new Map<string, Value>();
  #scope: readonly string[] = [];
  #parameterPrefix = '';

  constructor(name: string) {
    this.name = name;
  }

  /** Nodes built so far, in order; a pass over a graph under construction (autodiff) reads them. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  get scopePath(): string {
    return this.#scope.join('/');
  }

  /** Everything that `build` adds is named under `segment`. */
  scope<T>(segment: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = [...outer, segment];
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  input(name: string, shape: Shape, dtype: DType = 'float32'): Value {
    return this.#declare(name, shape, dtype, { kind: 'input' });
  }

  parameter(name: string, shape: Shape): Value {
    return this.#declare(this.#parameterPrefix + name, shape, 'float32', { kind: 'parameter' });
  }

  /** Parameters that `build` declares get names that begin with `prefix`: several networks in one graph have equal ones. */
  parametersUnder<T>(prefix: string, build: () => T): T {
    const outer = this.#parameterPrefix;
    this.#parameterPrefix = outer + prefix;
    try {
      return build();
    } finally {
      this.#parameterPrefix = outer;
    }
  }

  weight(name: string, shape: Shape, dtype: DType, data: ExternalData, transposed?: TransposedMatrix): Value {
    const source = { kind: 'weight' as const, data, ...(transposed === undefined ? {} : { transposed }) };
    return { name: this.#unique(name), shape, dtype, source };
  }

  constant(name: string, shape: Shape, data: Float32Array): Value {
    if (data.length !== elementCount(shape)) {
      throw new EngineError(
        'graph.shape',
        `Constant ${name} has ${data.length} values for shape [${shape.join(', ')}].`,
      );
    }
    return { name: this.#unique(this.#scoped(name)), shape, dtype: 'float32', source: { kind: 'constant', data } };
  }

  /** A constant that its name says all about: made once, however many ask for it. */
  sharedConstant(name: string, shape: Shape, make: () => Float32Array): Value {
    const known = this.#shared.get(name);
    if (known !== undefined) return known;
    const made = this.constant(name, shape, make());
    this.#shared.set(name, made);
    return made;
  }

  /** A rank-0 constant; equal ones are shared. */
  scalar(value: number): Value {
    const known = this.#scalars.get(value);
    if (known !== undefined) return known;
    const made: Value = {
      name: this.#unique(`scalar/${String(value)}`),
      shape: [],
      dtype: 'float32',
      source: { kind: 'constant', data: Float32Array.of(value) },
    };
    this.#scalars.set(value, made);
    return made;
  }

  /** Adds one node and returns its outputs; throws `graph.shape` naming operator and scope. */
  apply<A extends Attributes>(op: OpDefinition<A>, inputs: readonly (Value | null)[], attributes: A): readonly Value[] {
    const name = this.#unique(this.#scoped(op.name));
    const types = this.#infer(op, inputs, attributes, name);
    const outputs: Value[] = [];
    const node: Node = { op: op.name, name, inputs, outputs, attributes };
    for (const [index, type] of types.entries()) {
      outputs.push({
        name: index === 0 ? name : `${name}:${index}`,
        dtype: type.dtype,
        shape: type.shape,
        source: { kind: 'node', node, index },
      });
    }
    this.#nodes.push(node);
    return outputs;
  }

  /** As `apply`, for the first output. */
  one<A extends Attributes>(op: OpDefinition<A>, inputs: readonly (Value | null)[], attributes: A): Value {
    const [output] = this.apply(op, inputs, attributes);
    if (output === undefined) throw new EngineError('graph.shape', `${op.name} has no output.`);
    return output;
  }

  finish(outputs: ReadonlyMap<string, Value> | Readonly<Record<string, Value>>): Graph {
    const named = outputs instanceof Map ? outputs : new Map(Object.entries(outputs));
    return { name: this.name, nodes: [...this.#nodes], inputs: [...this.#inputs], outputs: named };
  }

  #infer<A extends Attributes>(op: OpDefinition<A>, inputs: readonly (Value | null)[], attributes: A, name: string) {
    try {
      return op.infer(inputs, attributes);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new EngineError(error.code, `At ${name}: ${error.message}`, { data: { node: name }, cause: error });
    }
  }

  #declare(name: string, shape: Shape, dtype: DType, source: ValueSource): Value {
    if (this.#names.has(name)) throw new EngineError('graph.name', `The graph has two tensors named ${name}.`);
    this.#names.set(name, 1);
    const value: Value = { name, shape, dtype, source };
    this.#inputs.push(value);
    return value;
  }

  #scoped(name: string): string {
    return this.#scope.length === 0 ? name : `${this.scopePath}/${name}`;
  }

  #unique(name: string): string {
    const count = this.#names.get(name);
    this.#names.set(name, (count ?? 0) + 1);
    return count === undefined ? name : this.#unique(`${name}_${count}`);
  }
}
