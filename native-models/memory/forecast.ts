/**
 * What a session will take of the machine's memory, from its graph alone: before anything is loaded or run. Added to
 * what the process holds before, it is the peak that the operating system will report (VmHWM).
 */
import { byteSizes } from '../dtypes.ts';
import type { Graph, Value } from '../graph/types.ts';
import { dim, elementCount, leavesOf } from '../graph/types.ts';
import { Arena } from './arena.ts';
import { lifetimes } from './lifetimes.ts';

/** What the runtime keeps of a node beside its tensors. Seen on ViT-S/32 and ViT-B/32. */
const BYTES_A_NODE = 16 * 1024;

export interface MemoryForecast {
  /** Frozen weights as they stand in memory: mapped, widened to float32, or packed for their products. */
  readonly weightBytes: number;
  /** The arena of activations and adjoints after a whole run. */
  readonly arenaBytes: number;
  /** Buffers that are filled and fed at every run. */
  readonly feedBytes: number;
  /** The graph itself. */
  readonly graphBytes: number;
  readonly totalBytes: number;
}

export function forecastMemory(graph: Graph, { packWeights }: { readonly packWeights: boolean }): MemoryForecast {
  const feedBytes = graph.inputs.reduce((sum, { dtype, shape }) => sum + byteSizes[dtype] * elementCount(shape), 0);
  const arenaBytes = arenaAfterRun(graph);
  const weightBytes = weightsOf(graph, packWeights);
  const graphBytes = BYTES_A_NODE * graph.nodes.length;
  const totalBytes = weightBytes + arenaBytes + feedBytes + graphBytes;
  return { weightBytes, arenaBytes, feedBytes, graphBytes, totalBytes };
}

function arenaAfterRun(graph: Graph): number {
  const arena = new Arena();
  const chunks = new Map<object, ReturnType<Arena['take']>>();
  for (const { taken, workspace, freed } of lifetimes(graph)) {
    for (const buffer of [...taken, ...workspace]) chunks.set(buffer, arena.take(buffer.bytes));
    for (const buffer of [...workspace, ...freed]) {
      const chunk = chunks.get(buffer);
      if (chunk !== undefined) arena.giveBack(chunk);
    }
  }
  return arena.touchedBytes;
}

/** Columns of a packed matrix come in panels. */
const PANEL = 16;

function weightsOf(graph: Graph, packWeights: boolean): number {
  const frozen = frozenValues(graph);
  const packings = packWeights ? packingsOf(graph, frozen) : [];
  const packed = new Map<Value, number>();
  for (const { value } of packings) count(packed, value);
  const read = new Map<Value, number>();
  for (const { inputs } of graph.nodes) for (const input of inputs) if (input !== null) count(read, input);
  let bytes = packings.reduce((sum, packing) => sum + packing.bytes, 0);
  for (const value of frozen) {
    // A weight that every reader has packed is let go of.
    if ((packed.get(value) ?? 0) < (read.get(value) ?? 0)) bytes += byteSizes[value.dtype] * elementCount(value.shape);
  }
  return bytes;
}

function count(counts: Map<Value, number>, value: Value): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

/** Weights, and what is made of weights and constants alone: the runtime computes that once and lets go of its sources. */
function frozenValues(graph: Graph): ReadonlySet<Value> {
  const leaves = leavesOf(graph.nodes);
  const fixed = new Set<Value>(leaves);
  for (const { inputs, outputs } of graph.nodes) {
    if (inputs.some((input) => input !== null && !fixed.has(input))) continue;
    for (const input of inputs) if (input !== null) fixed.delete(input);
    for (const output of outputs) fixed.add(output);
  }
  return fixed;
}

interface Packing {
  readonly value: Value;
  readonly bytes: number;
}

/** Weights that a product reads as its second matrix, or as its codes and scales: each product packs them for itself. */
function packingsOf(graph: Graph, frozen: ReadonlySet<Value>): readonly Packing[] {
  return graph.nodes.flatMap(({ op, inputs: [, right, scales] }): readonly Packing[] => {
    if (!right || !frozen.has(right)) return [];
    if (op === 'QuantisedLinear' && scales) return packedCodes(right, scales);
    const isProduct = op === 'Gemm' || op === 'MatMul';
    return isProduct && right.shape.length === 2 ? [{ value: right, bytes: packedBytes(right) }] : [];
  });
}

/** The sum of each block's codes is kept beside the scales. */
function packedCodes(codes: Value, scales: Value): readonly Packing[] {
  const [rows, blocks] = [dim(codes.shape, 0), dim(codes.shape, 1)];
  return [
    { value: codes, bytes: elementCount(codes.shape) },
    { value: scales, bytes: Float32Array.BYTES_PER_ELEMENT * blocks * (rows + panels(rows)) },
  ];
}

function packedBytes({ shape }: Value): number {
  const [rows, columns] = [dim(shape, 0), dim(shape, -1)];
  return Float32Array.BYTES_PER_ELEMENT * Math.max(rows * panels(columns), columns * panels(rows));
}

function panels(columns: number): number {
  return Math.ceil(columns / PANEL) * PANEL;
}
