/**
 * Writes ONNX models: the messages of the public schema (onnx.proto, version 2 syntax, so repeated numbers are not
 * packed) that a static graph over tensors needs, and no others. Equal models give equal bytes: lists keep their
 * order, attributes and metadata are sorted by name.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { byteSizes } from '../dtypes.ts';
import type { DType } from '../dtypes.ts';
import { EngineError } from '../errors.ts';

export interface OnnxModel {
  readonly irVersion: number;
  readonly producer: string;
  /** Domain '' is ai.onnx. */
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly graph: OnnxGraph;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface OnnxGraph {
  readonly name: string;
  /** In an order in which every input comes before its use. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly initializers: readonly OnnxInitializer[];
  readonly valueInfos?: readonly OnnxValueInfo[];
}

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly domain?: string;
  /** '' stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export type OnnxAttribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] };

export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /** A name stands for a size that is known only when the model runs; equal names are equal sizes. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxInitializer extends OnnxValueInfo {
  readonly shape: readonly number[];
  readonly data:
    | { readonly kind: 'raw'; readonly bytes: Uint8Array }
    /** Bytes `offset` to `offset + length` of the file `location`, a path relative to the model's folder. */
    | { readonly kind: 'external'; readonly location: string; readonly offset: number; readonly length: number };
}

/** TensorProto.DataType */
const dataTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

/** AttributeProto.AttributeType */
const attributeTypes: Readonly<Record<OnnxAttribute['kind'], number>> = {
  float: 1,
  int: 2,
  string: 3,
  floats: 6,
  ints: 7,
};

/** TensorProto.DataLocation.EXTERNAL */
const external = 1;
/** Protobuf messages end here; larger weights belong into external data. */
const maxModelBytes = 2 ** 31 - 1;

/**
 * The bytes of a ModelProto.
 * @throws EngineError `onnx.initializer` (data that does not fit its shape), `onnx.number` (an integer that is not safe,
 * a float beyond float32, a negative size), `onnx.too-large` (2 GiB, protobuf's limit)
 */
export function encodeModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  checkTotal(
    model.graph.initializers.reduce((sum, { data }) => sum + (data.kind === 'raw' ? data.bytes.length : 0), 0),
  );
  return written((writer) => {
    writeHead(writer, model);
    writeMessage(writer, 7, () => writeGraph(writer, model.graph));
    writeTail(writer, model);
  });
}

/** Bytes that stand in a file beside the model. */
export interface ExternalBytes {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * The bytes of a ModelProto that holds its external initializers itself, as pieces in their order: what is small as it is,
 * and in the place of each external tensor where its bytes are to be read. Throws as `encodeModel`.
 */
export function piecesOfModel(model: OnnxModel): readonly (Uint8Array<ArrayBuffer> | ExternalBytes)[] {
  const { graph } = model;
  checkTotal(graph.initializers.reduce((sum, { data }) => sum + sizeOf(data), 0));
  const tensors = graph.initializers.flatMap((tensor): (Uint8Array<ArrayBuffer> | ExternalBytes)[] => {
    const { data } = tensor;
    if (data.kind === 'raw') {
      return [written((writer) => writeMessage(writer, 5, () => writeInitializer(writer, tensor)))];
    }
    const before = written((writer) => {
      writeTensorType(writer, tensor);
      writer.tag(9, WireType.LengthDelimited).uint32(data.length);
    });
    return [lengthBefore(5, before.length + data.length), before, data];
  });
  const nodes = written((writer) => writeNodes(writer, graph));
  const infos = written((writer) => writeInfos(writer, graph));
  const inGraph = [nodes, ...tensors, infos];
  const length = inGraph.reduce((sum, piece) => sum + piece.length, 0);
  checkTotal(length);
  return [
    written((writer) => writeHead(writer, model)),
    lengthBefore(7, length),
    ...inGraph,
    written((writer) => writeTail(writer, model)),
  ];
}

function sizeOf(data: OnnxInitializer['data']): number {
  return data.kind === 'raw' ? data.bytes.length : data.length;
}

function written(write: (writer: BinaryWriter) => void): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

function lengthBefore(field: number, length: number): Uint8Array<ArrayBuffer> {
  return written((writer) => writer.tag(field, WireType.LengthDelimited).uint32(length));
}

function writeHead(writer: BinaryWriter, model: OnnxModel): void {
  writeInteger(writer, 1, model.irVersion, 'the IR version');
  writeString(writer, 2, model.producer);
}

function writeTail(writer: BinaryWriter, model: OnnxModel): void {
  for (const { domain, version } of model.opsets) {
    writeMessage(writer, 8, () => {
      writeString(writer, 1, domain);
      writeInteger(writer, 2, version, `the opset version of domain '${domain}'`);
    });
  }
  for (const [key, value] of sortedEntries(model.metadata ?? {})) writeEntry(writer, 14, key, value);
}

function writeGraph(writer: BinaryWriter, graph: OnnxGraph): void {
  writeNodes(writer, graph);
  for (const tensor of graph.initializers) writeMessage(writer, 5, () => writeInitializer(writer, tensor));
  writeInfos(writer, graph);
}

function writeNodes(writer: BinaryWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) writeMessage(writer, 1, () => writeNode(writer, node));
  writeString(writer, 2, graph.name);
}

function writeInfos(writer: BinaryWriter, graph: OnnxGraph): void {
  for (const info of graph.inputs) writeMessage(writer, 11, () => writeValueInfo(writer, info));
  for (const info of graph.outputs) writeMessage(writer, 12, () => writeValueInfo(writer, info));
  for (const info of graph.valueInfos ?? []) writeMessage(writer, 13, () => writeValueInfo(writer, info));
}

function writeNode(writer: BinaryWriter, node: OnnxNode): void {
  for (const input of node.inputs) writeString(writer, 1, input);
  for (const output of node.outputs) writeString(writer, 2, output);
  writeString(writer, 3, node.name);
  writeString(writer, 4, node.opType);
  for (const [name, attribute] of sortedEntries(node.attributes)) {
    writeMessage(writer, 5, () => writeAttribute(writer, name, attribute, node));
  }
  if (node.domain !== undefined) writeString(writer, 7, node.domain);
}

function writeAttribute(writer: BinaryWriter, name: string, attribute: OnnxAttribute, node: OnnxNode): void {
  const what = `attribute '${name}' of node '${node.name}' (${node.opType})`;
  writeString(writer, 1, name);
  switch (attribute.kind) {
    case 'float':
      writeFloat(writer, 2, attribute.value, what);
      break;
    case 'int':
      writeInteger(writer, 3, attribute.value, what);
      break;
    case 'string':
      writeString(writer, 4, attribute.value);
      break;
    case 'floats':
      for (const value of attribute.value) writeFloat(writer, 7, value, what);
      break;
    case 'ints':
      for (const value of attribute.value) writeInteger(writer, 8, value, what);
      break;
  }
  writer.tag(20, WireType.Varint).int32(attributeTypes[attribute.kind]);
}

function writeValueInfo(writer: BinaryWriter, info: OnnxValueInfo): void {
  writeString(writer, 1, info.name);
  writeMessage(writer, 2, () =>
    // TypeProto.tensor_type
    writeMessage(writer, 1, () => {
      writer.tag(1, WireType.Varint).int32(dataTypes[info.dtype]);
      // Written for a scalar too: no shape at all would mean an unknown rank.
      writeMessage(writer, 2, () => {
        for (const size of info.shape) {
          writeMessage(writer, 1, () => {
            if (typeof size === 'string') writeString(writer, 2, size);
            else writeInteger(writer, 1, checkedSize(info, size), `a size of '${info.name}'`);
          });
        }
      });
    }),
  );
}

function writeInitializer(writer: BinaryWriter, tensor: OnnxInitializer): void {
  const { data } = tensor;
  writeTensorType(writer, tensor);
  if (data.kind === 'raw') {
    writer.tag(9, WireType.LengthDelimited).bytes(data.bytes);
    return;
  }
  writeEntry(writer, 13, 'location', data.location);
  writeEntry(writer, 13, 'offset', String(checkedSize(tensor, data.offset)));
  writeEntry(writer, 13, 'length', String(data.length));
  writer.tag(14, WireType.Varint).int32(external);
}

/** Shape, type and name of a tensor whose data fits them. */
function writeTensorType(writer: BinaryWriter, tensor: OnnxInitializer): void {
  const { name, dtype, shape, data } = tensor;
  const expected = shape.reduce((product, size) => product * checkedSize(tensor, size), byteSizes[dtype]);
  const given = sizeOf(data);
  if (given !== expected) {
    throw new EngineError(
      'onnx.initializer',
      `Initializer '${name}' of type ${dtype} [${shape.join(', ')}] takes ${expected} bytes, but ${given} were given.`,
      { data: { name, expected, given } },
    );
  }
  for (const size of shape) writeInteger(writer, 1, size, `a size of '${name}'`);
  writer.tag(2, WireType.Varint).int32(dataTypes[dtype]);
  writeString(writer, 8, name);
}

function writeEntry(writer: BinaryWriter, field: number, key: string, value: string): void {
  writeMessage(writer, field, () => {
    writeString(writer, 1, key);
    writeString(writer, 2, value);
  });
}

function writeMessage(writer: BinaryWriter, field: number, body: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  body();
  writer.join();
}

function writeString(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function writeInteger(writer: BinaryWriter, field: number, value: number, what: string): void {
  if (!Number.isSafeInteger(value)) throw badNumber(`${value} cannot be ${what}: it is not an exact integer.`, what);
  writer.tag(field, WireType.Varint).int64(value);
}

function writeFloat(writer: BinaryWriter, field: number, value: number, what: string): void {
  // Infinities are legitimate (masks); a finite number that would become one is not.
  if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) {
    throw badNumber(`${value} cannot be ${what}: it is beyond float32.`, what);
  }
  writer.tag(field, WireType.Bit32).float(Math.fround(value));
}

function checkedSize(info: OnnxValueInfo, size: number): number {
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw badNumber(`'${info.name}' has ${size} as a size or offset in [${info.shape.join(', ')}].`, info.name);
}

function badNumber(message: string, what: string): EngineError {
  return new EngineError('onnx.number', message, { data: { what } });
}

function checkTotal(total: number): void {
  if (total > maxModelBytes) {
    throw new EngineError(
      'onnx.too-large',
      `An ONNX file cannot hold ${total} bytes of tensors: its format ends at 2 GiB.`,
      {
        data: { total, limit: maxModelBytes },
      },
    );
  }
}

function sortedEntries<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
