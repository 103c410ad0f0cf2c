/**
 * Products over rows that lie a multiple of a page apart, computed in two halves of their columns. A processor's first
 * cache has few places for lines at equal distances within a page, and a kernel reads a dozen rows of its left matrix
 * at a time: with 3072 columns (12 KB) they drive each other out, and the product runs a fifth slower than with 1536.
 *
 * The halves are made where the columns are, by the product before, and pass through everything that works on columns
 * alone. What cannot be made in halves (a layer's normalised input) is split, which takes less than it saves where there are
 * many rows. Columns of a weight become a Split that the runtime computes when it loads.
 */
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, Node, Value } from '../../graph/types.ts';
import { dim, sameShape } from '../../graph/types.ts';
import { gemm } from '../../ops/gemm.ts';
import { operator } from '../../ops/index.ts';
import { reshape } from '../../ops/reshape.ts';
import { split } from '../../ops/split.ts';
import type { Site } from '../rewrite-nodes.ts';
import { rewriteNodes } from '../rewrite-nodes.ts';

const PAGE_FLOATS = 1024;
/** Columns by which the halves differ where equal ones would lie at multiples of a page again. */
const UNEVEN = 16;
/** Rows for which a copy of the left matrix pays. */
const MANY_ROWS = 64;

const ELEMENTWISE: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Neg', 'Exp', 'Erf', 'Sigmoid'],
  ...['Gelu', 'FastGelu', 'QuickGelu'],
]);

type Readers = ReadonlyMap<Value, readonly Node[]>;

export function divideColumns(graph: Graph): Graph {
  const divided = dividedValues(graph);
  const isWanted = (node: Node): boolean => divided.has(node.outputs[0]!) || isReadWide(node, divided);
  if (!graph.nodes.some(isWanted)) return graph;
  const writer = new Writer(divided);
  return rewriteNodes(graph, isWanted, (site) => writer.rewrite(site));
}

/** Sizes of the halves. */
function halvesOf(columns: number): readonly [number, number] {
  const half = columns / 2;
  return half % PAGE_FLOATS === 0 ? [half + UNEVEN, half - UNEVEN] : [half, half];
}

/** Values that are made in halves and read in halves, by everybody. */
function dividedValues(graph: Graph): ReadonlySet<Value> {
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes)
    for (const input of node.inputs) if (input !== null) readers.set(input, [...(readers.get(input) ?? []), node]);
  const asked = new Set(graph.outputs.values());
  const candidates = new Set(
    graph.nodes.flatMap(({ outputs: [output] }) => (output && isWide(output) && !asked.has(output) ? [output] : [])),
  );
  for (let before = -1; before !== candidates.size;) {
    before = candidates.size;
    for (const value of candidates)
      if (!isMade(value, candidates) || !isReadInHalves(value, readers, candidates)) candidates.delete(value);
  }
  return candidates;
}

function isWide({ dtype, shape }: Value): boolean {
  return dtype === 'float32' && shape.length > 1 && dim(shape, -1) % PAGE_FLOATS === 0;
}

/** Whether the node behind the value can make its columns apart. */
function isMade(value: Value, divided: ReadonlySet<Value>): boolean {
  if (value.source.kind !== 'node') return false;
  const { op, inputs, outputs, attributes } = value.source.node;
  if (outputs.length > 1 || attributes['transA'] === 1) return false;
  const [first, second, third] = inputs;
  if (op === 'Reshape') return !!first && divided.has(first) && dim(first.shape, -1) === dim(value.shape, -1);
  if (op === 'MatMul') return !!second && divided.has(second) && first !== second;
  if (op === 'Gemm') return isFrozen(second) && (!third || isColumnOf(third, value, divided));
  return ELEMENTWISE.has(op) && inputs.every((input) => input !== null && isColumnOf(input, value, divided));
}

/** Whether an operand beside a divided value is divided too, the same for each column, or a frozen row of columns. */
function isColumnOf(operand: Value, value: Value, divided: ReadonlySet<Value>): boolean {
  if (divided.has(operand)) return sameShape(operand.shape, value.shape);
  if (operand.shape.length === 0 || dim(operand.shape, -1) === 1) return true;
  return operand.shape.length === 1 && isFrozen(operand);
}

function isReadInHalves(value: Value, readers: Readers, divided: ReadonlySet<Value>): boolean {
  const all = readers.get(value) ?? [];
  return all.every(({ op, inputs, outputs: [output], attributes }) => {
    // The left matrix of a product has its columns summed up.
    if (output && divided.has(output)) return (op !== 'Gemm' && op !== 'MatMul') || inputs[0] !== value;
    const isLeft = inputs[0] === value && inputs[1] !== value && inputs[2] !== value;
    return op === 'Gemm' && attributes['transA'] === 0 && isLeft && isFrozen(inputs[1]);
  });
}

/** A weight, or one that is widened from half precision. */
function isFrozen(value: Value | null | undefined): boolean {
  if (!value) return false;
  const { source } = value;
  if (source.kind === 'node') return source.node.op === 'Cast' && isFrozen(source.node.inputs[0]);
  return source.kind === 'weight' || source.kind === 'constant';
}

/** A left matrix of a product by a weight: divided, or better copied in halves than read whole. */
function isReadWide({ op, inputs: [left, right], attributes }: Node, divided: ReadonlySet<Value>): boolean {
  if (op !== 'Gemm' || !left || attributes['transA'] !== 0 || !isFrozen(right)) return false;
  return divided.has(left) || isWorthASplit(left);
}

function isWorthASplit(left: Value): boolean {
  return isWide(left) && dim(left.shape, 0) >= MANY_ROWS;
}

function transposition({ attributes }: Node): 0 | 1 {
  return attributes['transB'] === 1 ? 1 : 0;
}

/** Keeps the halves of what it has divided: what is read afterwards is looked up by the values of the graph as it was. */
class Writer {
  readonly #divided: ReadonlySet<Value>;
  readonly #halves = new Map<Value, readonly Value[]>();
  /** Halves of weights, by the axis along which they are cut. */
  readonly #weights = [new Map<Value, readonly Value[]>(), new Map<Value, readonly Value[]>()] as const;

  constructor(divided: ReadonlySet<Value>) {
    this.#divided = divided;
  }

  /** A divided value's node twice, each for its half of the columns; a product over wide rows as the sum over their halves. */
  rewrite(site: Site): readonly (Value | null)[] {
    const { b, old, input } = site;
    const output = old.outputs[0]!;
    if (!this.#divided.has(output))
      return [this.#product(site, input(1), transposition(old), old.inputs[2] ? input(2) : undefined)];
    const sizes = halvesOf(dim(output.shape, -1));
    this.#halves.set(
      output,
      sizes.map((size, half) => b.scope(String(half), () => this.#half(site, half, size))),
    );
    return [null];
  }

  #half(site: Site, half: number, size: number): Value {
    const { b, old, input } = site;
    const { op, inputs, outputs, attributes } = old;
    if (op === 'Reshape') return reshape(b, this.#operand(site, 0, half), [...outputs[0]!.shape.slice(0, -1), size]);
    if (op !== 'Gemm') {
      const halves = inputs.map((_, index) => this.#operand(site, index, half));
      return b.one(operator(op), halves, attributes);
    }
    const transB = transposition(old);
    const weight = this.#weight(b, input(1), transB === 1 ? 0 : 1)[half]!;
    return this.#product(site, weight, transB, inputs[2] ? this.#operand(site, 2, half) : undefined);
  }

  /** Of the node's left matrix and `right`, its weight or a half of it. */
  #product(site: Site, right: Value, transB: 0 | 1, plus: Value | undefined): Value {
    const { b, old, input } = site;
    const left = old.inputs[0]!;
    const added = (value: Value | undefined) => (value === undefined ? {} : { plus: value });
    if (!this.#divided.has(left) && !isWorthASplit(left)) return gemm(b, input(0), right, { transB, ...added(plus) });
    const weights = this.#weight(b, right, transB);
    let sum = plus;
    for (const [half, columns] of this.#left(site, left).entries())
      sum = gemm(b, columns, weights[half]!, { transB, ...added(sum) });
    return sum!;
  }

  /** The halves of a left matrix, made with it or, once, from it. */
  #left({ b, input }: Site, value: Value): readonly Value[] {
    const known = this.#halves.get(value);
    if (known !== undefined) return known;
    const made = split(b, input(0), 1, halvesOf(dim(value.shape, 1)));
    this.#halves.set(value, made);
    return made;
  }

  #operand({ b, old, input }: Site, index: number, half: number): Value {
    const value = old.inputs[index]!;
    if (this.#divided.has(value)) return this.#halves.get(value)![half]!;
    return value.shape.length === 1 && isWide({ ...value, shape: [1, ...value.shape] }) && isFrozen(value)
      ? this.#weight(b, value, 0)[half]!
      : input(index);
  }

  #weight(b: GraphBuilder, value: Value, axis: 0 | 1): readonly Value[] {
    const known = this.#weights[axis].get(value);
    if (known !== undefined) return known;
    const sizes = halvesOf(dim(value.shape, axis));
    const rows = axis === 0 ? rowsOf(b, value, sizes) : null;
    const made = rows ?? b.scope(value.name, () => split(b, value, axis, sizes));
    this.#weights[axis].set(value, made);
    return made;
  }
}

/** Ranges of a weight's rows lie in its file one behind the other; null for what is no weight of a file. */
function rowsOf(b: GraphBuilder, { name, dtype, shape, source }: Value, sizes: readonly number[]): Value[] | null {
  if (source.kind !== 'weight') return null;
  const { location, offset, length } = source.data;
  const bytes = length / dim(shape, 0);
  let first = 0;
  return sizes.map((size, half) => {
    const data = { location, offset: offset + first * bytes, length: size * bytes };
    first += size;
    return b.weight(`${name}/${half}`, [size, ...shape.slice(1)], dtype, data);
  });
}
