/**
 * A verified graph as an ONNX model. Weights become external data: name, offset and length inside a file beside which
 * the session is created; only shapes, axes and small constants are written into the model itself.
 */
import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import type { OnnxInitializer, OnnxModel, OnnxNode, OnnxValueInfo } from '../formats/onnx.ts';
import type { Graph, Node, Value } from '../graph/types.ts';
import { leavesOf } from '../graph/types.ts';
import { verify } from '../graph/verify.ts';
import type { EmitTarget } from '../ops/define.ts';
import { BLOCKED } from '../ops/define.ts';
import { operator } from '../ops/index.ts';

/** Opset 18: the newest at which every operator we emit has a kernel with its own since-version on CPU, CUDA and WebGPU. */
const OPSET = 18;
const IR_VERSION = 9;

/** What every provider can run. */
const ANYWHERE: EmitTarget = { channelBlock: null };

/** `fused`: the runtime's own operators where they are better; `standard`: those of ONNX alone, for any runtime. */
export type OperatorSet = 'fused' | 'standard';

/** Throws `onnx.operator` for an operator that has no spelling in the standard where that is asked for. */
export function toOnnx(graph: Graph, operators: OperatorSet = 'fused', target = ANYWHERE): OnnxModel {
  verify(graph);
  const initializers = new Map<string, OnnxInitializer>();
  for (const leaf of leavesOf(graph.nodes)) initializers.set(leaf.name, initializerOf(leaf));
  const nodes = graph.nodes.flatMap((node) => emitNode(node, initializers, operators, target));
  const aliases = outputAliases(graph);
  return {
    irVersion: IR_VERSION,
    producer: 'dtl-studio',
    opsets: [
      { domain: '', version: OPSET },
      ...(operators === 'fused' ? [{ domain: 'com.microsoft', version: 1 }] : []),
      ...(target.channelBlock === null ? [] : [{ domain: BLOCKED, version: 1 }]),
    ],
    graph: {
      name: graph.name,
      nodes: [...nodes, ...aliases],
      inputs: graph.inputs.map((input) => infoOf(input.name, input)),
      outputs: [...graph.outputs].map(([name, value]) => infoOf(name, value)),
      initializers: [...initializers.values()],
    },
  };
}

function initializerOf(leaf: Value): OnnxInitializer {
  const { name, dtype, shape, source } = leaf;
  if (source.kind === 'weight') return { name, dtype, shape, data: { kind: 'external', ...source.data } };
  if (source.kind !== 'constant') throw new TypeError(`${name} is no leaf.`);
  const { buffer, byteOffset, byteLength } = source.data;
  return { name, dtype, shape, data: { kind: 'raw', bytes: new Uint8Array(buffer, byteOffset, byteLength) } };
}

function infoOf(name: string, { dtype, shape }: Value): OnnxValueInfo {
  return { name, dtype, shape };
}

/** Outputs carry their own names; an Identity gives a value its public name (and a second one where it has two). */
function outputAliases(graph: Graph): OnnxNode[] {
  return [...graph.outputs]
    .filter(([name, value]) => name !== value.name)
    .map(([name, value]) => ({
      name: `outputs/${name}`,
      opType: 'Identity',
      inputs: [value.name],
      outputs: [name],
      attributes: {},
    }));
}

function emitNode(
  node: Node,
  initializers: Map<string, OnnxInitializer>,
  operators: OperatorSet,
  target: EmitTarget,
): OnnxNode[] {
  const { emit, emitStandard } = operator(node.op);
  const emitted = (operators === 'standard' ? (emitStandard ?? emit) : emit)({
    node,
    attributes: node.attributes,
    target,
    inputs: node.inputs.map((input) => input?.name ?? ''),
    outputs: node.outputs.map((output) => output.name),
    integers: (values) => addIntegers(values, initializers),
    scalar: (value) => addScalar(value, initializers),
    temporary: (suffix) => `${node.name}/${suffix}`,
  });
  const own = emitted.find(({ domain }) => domain !== undefined);
  if (operators === 'standard' && own !== undefined) {
    throw new EngineError(
      'onnx.operator',
      `The operator ${node.op} is written as ${own.opType} of ${own.domain ?? ''} and has no spelling in the ONNX standard.`,
      { data: { node: node.name } },
    );
  }
  return emitted.map((part, index) => ({
    name: emitted.length === 1 ? node.name : `${node.name}/${index}.${part.opType}`,
    opType: part.opType,
    ...(part.domain === undefined ? {} : { domain: part.domain }),
    inputs: part.inputs,
    outputs: part.outputs,
    attributes: part.attributes ?? {},
  }));
}

/** Shapes and axes: equal lists share one initialiser. */
function addIntegers(values: readonly number[], initializers: Map<string, OnnxInitializer>): string {
  const text = values.join('x');
  // A permutation of thousands of tokens would be a name of thousands of digits at every node that reads it.
  const name = `integers/${values.length > 8 ? createHash('sha256').update(text).digest('hex') : text}`;
  if (!initializers.has(name)) {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    initializers.set(name, { name, dtype: 'int64', shape: [values.length], data: { kind: 'raw', bytes } });
  }
  return name;
}

function addScalar(value: number, initializers: Map<string, OnnxInitializer>): string {
  const name = `scalars/${String(value)}`;
  if (!initializers.has(name)) {
    const bytes = new Uint8Array(Float32Array.of(value).buffer);
    initializers.set(name, { name, dtype: 'float32', shape: [], data: { kind: 'raw', bytes } });
  }
  return name;
}
