/**
 * Which buffers a run of a graph takes and gives back, node by node, as the runtime plans them: a reshape looks at its
 * input's buffer, an elementwise operator writes into an input that nothing reads any more, and a buffer that is done
 * with goes to the next value of the same shape before it goes back to the arena.
 */
import { byteSizes } from '../dtypes.ts';
import { executionOrder } from '../graph/execution-order.ts';
import type { Graph, Node, Value } from '../graph/types.ts';
import { dim, elementCount, sameShape } from '../graph/types.ts';

export interface Buffer {
  readonly bytes: number;
}

/** What happens to the arena around one node: outputs are taken, the node runs, the rest is given back. */
export interface Moment {
  readonly node: Node;
  readonly taken: readonly Buffer[];
  /** Held while the node computes, beside its inputs and outputs. */
  readonly workspace: readonly Buffer[];
  readonly freed: readonly Buffer[];
}

/** Operators that the runtime computes in the place of an input of the same shape. */
const IN_PLACE: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Neg', 'Exp', 'Sigmoid', 'Gelu']);

export function lifetimes(graph: Graph): readonly Moment[] {
  const order = executionOrder(graph);
  const readers = readerCounts(graph, order);
  const slots = assign(graph, order, readers);
  return order.map((node, at) => ({
    node,
    taken: slots.filter((slot) => slot.from === at).map(({ buffer }) => buffer),
    workspace: workspaceOf(node).map((bytes) => ({ bytes })),
    freed: slots.filter((slot) => slot.until === at).map(({ buffer }) => buffer),
  }));
}

interface Slot {
  readonly buffer: Buffer;
  readonly shape: readonly number[];
  readonly from: number;
  /** The moment after which it is given back; null for what leaves the graph. */
  until: number | null;
  /** Reads that are still to come, of all values in it. */
  uses: number;
}

function readerCounts(graph: Graph, order: readonly Node[]): ReadonlyMap<Value, number> {
  const counts = new Map<Value, number>();
  const add = (value: Value): void => void counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const { inputs } of order) for (const input of inputs) if (input !== null) add(input);
  for (const value of graph.outputs.values()) add(value);
  return counts;
}

/** Walks the order once, as the runtime's planner does. */
function assign(graph: Graph, order: readonly Node[], readers: ReadonlyMap<Value, number>): readonly Slot[] {
  const slotOf = new Map<Value, Slot>();
  const leaving = new Set<Value>(graph.outputs.values());
  const all: Slot[] = [];
  const free: Slot[] = [];
  order.forEach((node, at) => {
    for (const output of node.outputs) {
      const uses = readers.get(output) ?? 0;
      const slot = leaving.has(output) ? null : reused(node, output, slotOf, free);
      if (slot === null) {
        const made: Slot = {
          buffer: { bytes: bytesOfValue(output) },
          shape: output.shape,
          from: at,
          until: null,
          uses,
        };
        all.push(made);
        slotOf.set(output, made);
      } else {
        slot.uses += uses;
        slot.until = null;
        slotOf.set(output, slot);
      }
    }
    for (const value of [...node.inputs, ...node.outputs]) {
      const slot = value === null ? undefined : slotOf.get(value);
      if (slot === undefined || value === null) continue;
      if (node.inputs.includes(value)) slot.uses--;
      if (slot.uses === 0 && slot.until === null && !free.includes(slot)) {
        slot.until = at;
        free.unshift(slot);
      }
    }
  });
  return all;
}

/** A buffer that the output may take over, or null where it needs its own. */
function reused(node: Node, output: Value, slotOf: ReadonlyMap<Value, Slot>, free: Slot[]): Slot | null {
  const [first] = node.inputs;
  if (isView(node)) return (first && slotOf.get(first)) ?? null;
  if (IN_PLACE.has(node.op)) {
    for (const input of node.inputs) {
      const slot = input === null ? undefined : slotOf.get(input);
      if (slot?.uses === 1 && input !== null && sameShape(input.shape, output.shape)) return slot;
    }
  }
  const found = free.findIndex((slot) => sameShape(slot.shape, output.shape));
  return found < 0 ? null : (free.splice(found, 1)[0] ?? null);
}

/** Reshapes, and transpositions that the runtime fuses into the product that reads them. */
function isView({ op, attributes }: Node): boolean {
  if (op === 'Reshape') return true;
  const permutation = attributes['permutation'];
  if (op !== 'Transpose' || !Array.isArray(permutation)) return false;
  const rank = permutation.length;
  return permutation.every((axis, at) => axis === (at === rank - 1 ? rank - 2 : at === rank - 2 ? rank - 1 : at));
}

function workspaceOf(node: Node): readonly number[] {
  const sizes = node.inputs.map((input) => (input === null ? 0 : bytesOfValue(input)));
  const [x = 0, y = 0, z = 0] = sizes;
  switch (node.op) {
    // Heads are brought next to each other before the products; with a bias there is no flash kernel, so the scores of all
    // heads and the output in the order of heads stand there as well.
    case 'MultiHeadAttention':
      return node.inputs.length > 3 ? [x, y, z, x, scoreBytes(node)] : [x, y, z];
    // Input and output in another order of the channels.
    case 'DepthwiseConv':
      return [x, bytesOfValue(node.outputs[0]!)];
    case 'DepthwiseKernelGradient':
      return [x, y];
    // The rows in 8 bits, with a scale and a sum for each block.
    case 'QuantisedLinear':
      return [x / 4 + (2 * x) / dim(node.inputs[1]?.shape ?? [], 2)];
    default:
      return [];
  }
}

function scoreBytes({ inputs, attributes }: Node): number {
  const [batch, tokens] = [dim(inputs[0]?.shape ?? [], 0), dim(inputs[0]?.shape ?? [], 1)];
  return Float32Array.BYTES_PER_ELEMENT * batch * Number(attributes['heads']) * tokens * tokens;
}

function bytesOfValue({ dtype, shape }: Value): number {
  return byteSizes[dtype] * elementCount(shape);
}
