/** ONNX nodes written by hand, for the part of an exported model whose sizes are known only when it runs. */
import type { OnnxAttribute, OnnxInitializer, OnnxNode } from '../formats/onnx.ts';

export class NodeList {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxInitializer[] = [];
  readonly #scope: string;
  /** Equal ones are shared. */
  readonly #constants = new Map<string, string>();

  constructor(scope: string) {
    this.#scope = scope;
  }

  /** Adds a node of one output and returns that output's name: `output`, or one of this list's own. */
  add(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output?: string,
  ): string {
    const name = `${this.#scope}/${opType}_${this.nodes.length}`;
    this.nodes.push({ name, opType, inputs, outputs: [output ?? name], attributes });
    return output ?? name;
  }

  integers(values: readonly number[]): string {
    return this.#constant('int64', [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  /** Of rank 0. */
  integer(value: number): string {
    return this.#constant('int64', [], new Uint8Array(BigInt64Array.of(BigInt(value)).buffer));
  }

  floats(values: readonly number[], shape: readonly number[]): string {
    return this.#constant('float32', shape, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** Of rank 0. */
  byte(value: number): string {
    return this.#constant('uint8', [], Uint8Array.of(value));
  }

  #constant(dtype: OnnxInitializer['dtype'], shape: readonly number[], bytes: Uint8Array): string {
    const key = `${dtype} ${String(shape)} ${String(bytes)}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `${this.#scope}/constant_${this.initializers.length}`;
    this.#constants.set(key, name);
    this.initializers.push({ name, dtype, shape, data: { kind: 'raw', bytes } });
    return name;
  }
}

export const int = (value: number): OnnxAttribute => ({ kind: 'int', value });
export const ints = (value: readonly number[]): OnnxAttribute => ({ kind: 'ints', value });
export const float = (value: number): OnnxAttribute => ({ kind: 'float', value });
export const text = (value: string): OnnxAttribute => ({ kind: 'string', value });
