import fc from 'fast-check';
import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { byteSizes } from '../dtypes.ts';
import type { DType } from '../dtypes.ts';
import { EngineError } from '../errors.ts';
import { encodeModel } from './onnx.ts';
import type { OnnxAttribute, OnnxGraph, OnnxInitializer, OnnxModel, OnnxNode, OnnxValueInfo } from './onnx.ts';

const { onnx } = onnxProto;

const dtypes = Object.keys(byteSizes) as DType[];
/** The schema's names of the types, in its own spelling; onnx-proto turns numbers into them. */
const schemaNames: Readonly<Record<DType, string>> = {
  float32: 'FLOAT',
  float64: 'DOUBLE',
  float16: 'FLOAT16',
  bfloat16: 'BFLOAT16',
  int64: 'INT64',
  int32: 'INT32',
  uint8: 'UINT8',
  bool: 'BOOL',
};

function emptyModel(graph: Partial<OnnxGraph> = {}, rest: Partial<OnnxModel> = {}): OnnxModel {
  return {
    irVersion: 9,
    producer: 'test',
    opsets: [{ domain: '', version: 20 }],
    graph: { name: 'g', nodes: [], inputs: [], outputs: [], initializers: [], ...graph },
    ...rest,
  };
}

/** What an implementation generated from the public schema makes of our bytes. */
function decode(model: OnnxModel): Record<string, unknown> {
  const message = onnx.ModelProto.decode(encodeModel(model));
  return onnx.ModelProto.toObject(message, { longs: Number, enums: String, bytes: Array, arrays: true });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const float = fc.float({ noNaN: true });
const attribute: fc.Arbitrary<OnnxAttribute> = fc.oneof(
  fc.record({ kind: fc.constant('int' as const), value: fc.maxSafeInteger() }),
  fc.record({ kind: fc.constant('float' as const), value: float }),
  fc.record({ kind: fc.constant('string' as const), value: text }),
  fc.record({ kind: fc.constant('ints' as const), value: fc.array(fc.maxSafeInteger(), { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('floats' as const), value: fc.array(float, { maxLength: 4 }) }),
);
const node: fc.Arbitrary<OnnxNode> = fc.record(
  {
    name: text,
    opType: text,
    domain: text,
    inputs: fc.array(text, { maxLength: 3 }),
    outputs: fc.array(text, { maxLength: 3 }),
    attributes: fc.dictionary(text, attribute, { maxKeys: 3 }),
  },
  { requiredKeys: ['name', 'opType', 'inputs', 'outputs', 'attributes'] },
);
const valueInfo = fc.record({
  name: text,
  dtype: fc.constantFrom(...dtypes),
  shape: fc.array(fc.oneof(fc.nat(2 ** 33), text), { maxLength: 4 }),
});
const initializer: fc.Arbitrary<OnnxInitializer> = fc
  .record({
    name: text,
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.nat(3), { maxLength: 3 }),
    offset: fc.maxSafeInteger().map(Math.abs),
    isExternal: fc.boolean(),
    location: text,
  })
  .chain(({ name, dtype, shape, offset, isExternal, location }) => {
    const length = shape.reduce((product, size) => product * size, byteSizes[dtype]);
    const data = isExternal
      ? fc.constant({ kind: 'external' as const, location, offset, length })
      : fc.record({
          kind: fc.constant('raw' as const),
          bytes: fc.uint8Array({ minLength: length, maxLength: length }),
        });
    return data.map((d): OnnxInitializer => ({ name, dtype, shape, data: d }));
  });
const model: fc.Arbitrary<OnnxModel> = fc.record({
  irVersion: fc.nat(20),
  producer: text,
  opsets: fc.array(fc.record({ domain: text, version: fc.nat(100) }), { maxLength: 2 }),
  metadata: fc.dictionary(text, text, { maxKeys: 3 }),
  graph: fc.record({
    name: text,
    nodes: fc.array(node, { maxLength: 3 }),
    inputs: fc.array(valueInfo, { maxLength: 2 }),
    outputs: fc.array(valueInfo, { maxLength: 2 }),
    initializers: fc.array(initializer, { maxLength: 3 }),
    valueInfos: fc.array(valueInfo, { maxLength: 2 }),
  }),
});

const utf8 = (value: string): number[] => [...new TextEncoder().encode(value)];

function decodedAttribute(name: string, { kind, value }: OnnxAttribute): Record<string, unknown> {
  const lists = { floats: [], ints: [], strings: [], tensors: [], graphs: [], sparseTensors: [], typeProtos: [] };
  switch (kind) {
    case 'int':
      return { ...lists, name, type: 'INT', i: value };
    case 'float':
      return { ...lists, name, type: 'FLOAT', f: value };
    case 'string':
      return { ...lists, name, type: 'STRING', s: utf8(value) };
    case 'ints':
      return { ...lists, name, type: 'INTS', ints: value };
    case 'floats':
      return { ...lists, name, type: 'FLOATS', floats: value };
  }
}

function decodedSize(size: number | string): unknown {
  return typeof size === 'string' ? { dimParam: size } : { dimValue: size };
}

function decodedInfo({ name, dtype, shape }: OnnxValueInfo): unknown {
  const elemType = onnx.TensorProto.DataType[schemaNames[dtype] as keyof typeof onnx.TensorProto.DataType];
  return { name, type: { tensorType: { elemType, shape: { dim: shape.map(decodedSize) } } } };
}

function decodedInitializer({ name, dtype, shape, data }: OnnxInitializer): unknown {
  const elemType = onnx.TensorProto.DataType[schemaNames[dtype] as keyof typeof onnx.TensorProto.DataType];
  const lists = { floatData: [], int32Data: [], stringData: [], int64Data: [], doubleData: [], uint64Data: [] };
  const common = { ...lists, name, dims: shape, dataType: elemType };
  if (data.kind === 'raw') return { ...common, externalData: [], rawData: [...data.bytes] };
  const entries = { location: data.location, offset: String(data.offset), length: String(data.length) };
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return { ...common, externalData, dataLocation: 'EXTERNAL' };
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function decoded({ irVersion, producer, opsets, metadata, graph }: OnnxModel): unknown {
  return {
    irVersion,
    producerName: producer,
    opsetImport: opsets.map(({ domain, version }) => ({ domain, version })),
    metadataProps: Object.entries(metadata ?? {})
      .sort(byName)
      .map(([key, value]) => ({ key, value })),
    trainingInfo: [],
    functions: [],
    graph: {
      name: graph.name,
      node: graph.nodes.map(({ name, opType, domain, inputs, outputs, attributes }) => ({
        name,
        opType,
        input: inputs,
        output: outputs,
        attribute: Object.entries(attributes)
          .sort(byName)
          .map(([key, value]) => decodedAttribute(key, value)),
        ...(domain === undefined ? {} : { domain }),
      })),
      initializer: graph.initializers.map(decodedInitializer),
      input: graph.inputs.map(decodedInfo),
      output: graph.outputs.map(decodedInfo),
      valueInfo: (graph.valueInfos ?? []).map(decodedInfo),
      sparseInitializer: [],
      quantizationAnnotation: [],
    },
  };
}

describe('encodeModel', () => {
  it('writes what a decoder generated from the public schema reads back, for any model', () => {
    fc.assert(
      fc.property(model, (m) => {
        expect(decode(m)).toEqual(decoded(m));
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same bytes whatever order attributes and metadata were written in', () => {
    const twin = (flipped: boolean): OnnxModel => {
      const pairs: [string, OnnxAttribute][] = [
        ['alpha', { kind: 'float', value: 0.5 }],
        ['transB', { kind: 'int', value: 1 }],
      ];
      const metadata: [string, string][] = [
        ['a', '1'],
        ['b', '2'],
      ];
      const order = <T>(list: T[]): T[] => (flipped ? list.toReversed() : list);
      const nodes = [
        { name: 'n', opType: 'Gemm', inputs: [], outputs: [], attributes: Object.fromEntries(order(pairs)) },
      ];
      return emptyModel({ nodes }, { metadata: Object.fromEntries(order(metadata)) });
    };
    expect(encodeModel(twin(true))).toEqual(encodeModel(twin(false)));
  });

  it('refuses data that does not fit its shape, naming the initializer', () => {
    const bad = (data: OnnxInitializer['data']) => () =>
      encodeModel(emptyModel({ initializers: [{ name: 'blocks.0.w', dtype: 'float32', shape: [2, 3], data }] }));
    expect(bad({ kind: 'raw', bytes: new Uint8Array(23) })).toThrow(/'blocks\.0\.w'.*takes 24 bytes, but 23/);
    expect(bad({ kind: 'external', location: 'w', offset: 0, length: 25 })).toThrow(/takes 24 bytes, but 25/);
    expect(codeOf(bad({ kind: 'raw', bytes: new Uint8Array(23) }))).toBe('onnx.initializer');
  });

  it.each<[string, Partial<OnnxGraph>]>([
    ['a fraction as an integer attribute', { nodes: [withAttribute({ kind: 'int', value: 0.5 })] }],
    ['an integer that is not exact', { nodes: [withAttribute({ kind: 'ints', value: [2 ** 53] })] }],
    ['a float beyond float32', { nodes: [withAttribute({ kind: 'float', value: 1e39 })] }],
    ['a negative size', { inputs: [{ name: 'x', dtype: 'float32', shape: [-1, 3] }] }],
    [
      'a negative offset',
      {
        initializers: [
          { name: 'w', dtype: 'uint8', shape: [1], data: { kind: 'external', location: 'w', offset: -8, length: 1 } },
        ],
      },
    ],
  ])('refuses %s', (_, graph) => {
    expect(codeOf(() => encodeModel(emptyModel(graph)))).toBe('onnx.number');
  });

  it('refuses initializers that together exceed what a protobuf message can hold, before writing any', () => {
    const chunk = new Uint8Array(2 ** 20);
    const initializers = Array.from({ length: 2048 }, (_, i) => ({
      name: `w${i}`,
      dtype: 'uint8' as const,
      shape: [chunk.length],
      data: { kind: 'raw' as const, bytes: chunk },
    }));
    expect(codeOf(() => encodeModel(emptyModel({ initializers })))).toBe('onnx.too-large');
  });
});

function withAttribute(value: OnnxAttribute): OnnxNode {
  return { name: 'n', opType: 'Op', inputs: [], outputs: [], attributes: { a: value } };
}
