/** Writes archives of arrays byte by byte, sound ones and broken ones, so that tests owe nothing to the reader. */
import { crc32, deflateRawSync } from 'node:zlib';
import type { TestTensor } from './checkpoints.ts';

export interface ZipMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflated?: boolean;
  /** Fields of the directory that are to differ from the truth. */
  readonly lies?: Partial<Record<'crc32' | 'packed' | 'bytes' | 'offset' | 'method' | 'flags', number>>;
}

export interface NpyOptions {
  readonly descr?: string;
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
  /** In place of the dictionary. */
  readonly header?: string;
}

/** A .npy file of float32 numbers, or of whatever `descr` says the bytes are. */
export function npy(shape: readonly number[], data: Uint8Array, options: NpyOptions = {}): Uint8Array {
  const { descr = '<f4', fortran = false, version = 1 } = options;
  const sizes = shape.length === 1 ? `${shape[0] ?? 0},` : shape.join(', ');
  const order = fortran ? 'True' : 'False';
  const dictionary = options.header ?? `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sizes}), }`;
  const field = version === 1 ? 2 : 4;
  const padded = dictionary.padEnd(Math.ceil((8 + field + dictionary.length + 1) / 64) * 64 - 8 - field - 1);
  const head = Buffer.alloc(8 + field);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) head.writeUInt16LE(padded.length + 1, 8);
  else head.writeUInt32LE(padded.length + 1, 8);
  return Buffer.concat([head, Buffer.from(`${padded}\n`, 'latin1'), data]);
}

/** A zip archive. `zip64`: as numpy writes it, with sizes in the extra field of every local header. */
export function zip(members: readonly ZipMember[], { zip64 = false }: { readonly zip64?: boolean } = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes, deflated = false, lies = {} } of members) {
    const packed = deflated ? deflateRawSync(bytes) : bytes;
    const label = Buffer.from(name);
    const method = lies.method ?? (deflated ? 8 : 0);
    const sum = lies.crc32 ?? crc32(bytes);
    const [packedBytes, unpackedBytes] = [lies.packed ?? packed.length, lies.bytes ?? bytes.length];
    const extra = zip64 ? Buffer.alloc(20) : Buffer.alloc(0);
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(unpackedBytes), 4);
      extra.writeBigUInt64LE(BigInt(packedBytes), 12);
    }
    const common = Buffer.alloc(26);
    common.writeUInt16LE(zip64 ? 45 : 20, 0);
    common.writeUInt16LE(lies.flags ?? 0, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(sum, 10);
    common.writeUInt32LE(zip64 ? 0xffffffff : packedBytes, 14);
    common.writeUInt32LE(zip64 ? 0xffffffff : unpackedBytes, 18);
    common.writeUInt16LE(label.length, 22);
    common.writeUInt16LE(extra.length, 24);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), common, label, extra, packed);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(lies.offset ?? at, 10);
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), Buffer.from([45, 3]), common, tail, label, extra);
    at += 30 + label.length + extra.length + packed.length;
  }
  const records = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(records.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, records, end]);
}

export function npz(
  tensors: readonly TestTensor[],
  { deflated = false }: { readonly deflated?: boolean } = {},
): Uint8Array {
  return zip(
    tensors.map(({ name, shape, data }) => ({ name: `${name}.npy`, bytes: npy(shape, data), deflated })),
    { zip64: true },
  );
}

interface NpzRule {
  readonly npz: string | readonly string[];
  readonly npz_shape: string;
  readonly timm: string;
}

interface Spelling {
  readonly prefix: string;
  readonly heads: number;
  /** All blocks in one array, one along the first axis. */
  readonly stacked: boolean;
}

/** Weights under timm's names as Google's arrays: the rules' transpositions the other way round, element by element. */
export function arrays(
  tensors: ReadonlyMap<string, TestTensor>,
  rules: readonly NpzRule[],
  { prefix, heads, stacked }: Spelling,
): TestTensor[] {
  const result: TestTensor[] = [];
  for (const { npz: names, npz_shape: shape, timm } of rules) {
    const targets = typeof names === 'string' ? [names] : names;
    const blocks = timm.includes('{i}') ? blocksOf(tensors, timm) : [0];
    const made = blocks.map((block) => {
      const tensor = tensors.get(timm.replace('{i}', String(block)));
      return tensor === undefined ? [] : split(tensor, targets.length).map((part) => turned(part, shape, heads));
    });
    for (const [i, target] of targets.entries()) {
      const each = made.flatMap((parts) => parts.slice(i, i + 1));
      const [first] = each;
      if (first === undefined) continue;
      if (stacked && timm.includes('{i}')) {
        const data = Buffer.concat(each.map((part) => part.data));
        const name = prefix + target.replace('encoderblock_{i}', 'encoderblock');
        result.push({ ...first, name, shape: [each.length, ...first.shape], data });
      } else {
        for (const [block, part] of each.entries()) {
          result.push({ ...part, name: prefix + target.replace('{i}', String(blocks[block] ?? 0)) });
        }
      }
    }
  }
  return result;
}

function blocksOf(tensors: ReadonlyMap<string, TestTensor>, timm: string): readonly number[] {
  const blocks: number[] = [];
  while (tensors.has(timm.replace('{i}', String(blocks.length)))) blocks.push(blocks.length);
  return blocks;
}

function split(tensor: TestTensor, parts: number): readonly TestTensor[] {
  const [count = 0, ...rest] = tensor.shape;
  const bytes = tensor.data.length / parts;
  return Array.from({ length: parts }, (_, i) => ({
    ...tensor,
    shape: tensor.shape.length === 0 ? [] : [count / parts, ...rest],
    data: tensor.data.slice(i * bytes, (i + 1) * bytes),
  }));
}

function turned(tensor: TestTensor, npzShape: string, heads: number): TestTensor {
  const [out = 0, into = 0, ...kernel] = tensor.shape;
  const axes = npzShape.replace(/ each$/, '');
  if (axes === '[P,P,3,D]') {
    const [high = 0, wide = 0] = kernel;
    const at = (i: number): number => {
      const [o, c, x, y] = [
        i % out,
        Math.floor(i / out) % into,
        Math.floor(i / out / into) % wide,
        Math.floor(i / out / into / wide),
      ];
      return ((o * into + c) * high + y) * wide + x;
    };
    return picked(tensor, [high, wide, into, out], at);
  }
  if (axes === '[H,D/H]') return { ...tensor, shape: [heads, out / heads] };
  if (tensor.shape.length !== 2) return tensor;
  const shape =
    axes === '[D,H,D/H]' ? [into, heads, out / heads] : axes === '[H,D/H,D]' ? [heads, into / heads, out] : [into, out];
  return picked(tensor, shape, (i) => (i % out) * into + Math.floor(i / out));
}

function picked(tensor: TestTensor, shape: readonly number[], at: (index: number) => number): TestTensor {
  const from = new Uint32Array(tensor.data.slice().buffer);
  return { ...tensor, shape, data: new Uint8Array(from.map((_, i) => from[at(i)] ?? 0).buffer) };
}
