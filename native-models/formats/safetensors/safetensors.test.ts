import { execFileSync, spawnSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byteSizes } from '../../dtypes.ts';
import type { DType } from '../../dtypes.ts';
import { EngineError } from '../../errors.ts';
import { float32ToHalf } from '../../half.ts';
import {
  encodeSafetensors,
  findNonFinite,
  parseSafetensors,
  readSafetensorsHeader,
  readTensorBytes,
  readTensorFloat32,
  readTensorInt64,
  tensorBytes,
  tensorFloat32,
  tensorInt64,
  tensorNamed,
  writeSafetensorsStream,
} from '../safetensors.ts';
import type { SafetensorsFile, TensorToEncode } from '../safetensors.ts';
import { rawFile } from './testing/raw-file.ts';

const dtypes = Object.keys(byteSizes) as DType[];
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('__proto__', 'constructor', '1', '0', 'head.weight', '"', '\\', '\u2028'),
);

const tensor: fc.Arbitrary<TensorToEncode> = fc
  .record({
    name: name.filter((n) => n !== '__metadata__'),
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.nat(4), { maxLength: 3 }),
  })
  .chain((description) => {
    const length = description.shape.reduce((product, size) => product * size, byteSizes[description.dtype]);
    const data = fc.uint8Array({ minLength: length, maxLength: length });
    return data.map((d) => ({ ...description, data: d }));
  });
const tensors = fc.uniqueArray(tensor, { selector: (t) => t.name, maxLength: 6 });
const metadata = fc.dictionary(name, fc.string({ unit: 'binary', maxLength: 8 }), { maxKeys: 4 });

function float32(tensorName: string, values: readonly number[]): TensorToEncode {
  return { name: tensorName, dtype: 'float32', shape: [values.length], data: bytesOf(Float32Array.from(values)) };
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function headerText(file: Uint8Array): string {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return new TextDecoder().decode(file.subarray(8, 8 + length));
}

async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

/** What must hold of anything that the reader lets through. */
function expectConsistent(file: SafetensorsFile): void {
  let at = file.dataStart;
  for (const entry of [...file.tensors.values()].sort((a, b) => a.start - b.start || a.end - b.end)) {
    expect(entry.start).toBe(at);
    const elements = entry.shape.reduce((product, size) => product * size, 1);
    expect(entry.end - entry.start).toBe(elements * byteSizes[entry.dtype]);
    at = entry.end;
  }
  expect(at).toBe(file.fileSize);
  expect(file.dataStart).toBe(8 + file.headerLength);
}

describe('encodeSafetensors', () => {
  it('gives back the same tensors and metadata when parsed, whatever they are called', () => {
    fc.assert(
      fc.property(tensors, metadata, (given, meta) => {
        const file = parseSafetensors(encodeSafetensors(given, meta), 'p');
        expectConsistent(file);
        expect(Object.fromEntries(file.metadata)).toEqual(meta);
        expect(file.tensors.size).toBe(given.length);
        for (const { name: n, dtype, shape, data } of given) {
          const entry = tensorNamed(file, n);
          expect(entry).toMatchObject({ name: n, dtype, shape });
          expect(tensorBytes(file, entry)).toEqual(data);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('aligns every tensor to the size of its elements', () => {
    fc.assert(
      fc.property(tensors, metadata, (given, meta) => {
        const file = parseSafetensors(encodeSafetensors(given, meta), 'p');
        expect(file.dataStart % 8).toBe(0);
        for (const entry of file.tensors.values()) expect(entry.start % byteSizes[entry.dtype]).toBe(0);
      }),
    );
  });

  it('keeps the order given among tensors of one width', () => {
    const bytes = encodeSafetensors([float32('z', [1]), float32('a', [2]), float32('1', [3])], {});
    expect([...parseSafetensors(bytes, 'p').tensors.keys()]).toEqual(['z', 'a', '1']);
  });

  it('writes exactly this file for one tensor and two metadata entries', () => {
    const bytes = encodeSafetensors([float32('w', [1, -2])], { format: 'pt', b: 'é' });
    const json = '{"__metadata__":{"b":"é","format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const padded = new TextEncoder().encode(json).length + 2;
    const expected = rawFile(`${json}  `, 8);
    expected.set([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], 8 + padded);
    expect(padded % 8).toBe(0);
    expect(bytes).toEqual(expected);
  });

  it('gives, byte for byte, the file that the reference library writes for the same tensors', () => {
    // Written by safetensors 0.8.0 for Python.
    const lines = [
      '{"__metadata__":{"format":"pt"},',
      '"y":{"dtype":"I64","shape":[],"data_offsets":[0,8]},',
      '"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},',
      '"b.w":{"dtype":"F32","shape":[2,3],"data_offsets":[12,36]},',
      '"h":{"dtype":"F16","shape":[3],"data_offsets":[36,42]},',
      '"u":{"dtype":"U8","shape":[1],"data_offsets":[42,43]}}',
    ];
    const data = Buffer.from('BQAAAAAAAAAAAIA/AAAAAAAAgD8AAABAAABAQAAAgEAAAKBAADwAQABCBw==', 'base64');
    const expected = rawFile(lines.join('') + ' '.repeat(6), data.length);
    expected.set(data, expected.length - data.length);
    const given: TensorToEncode[] = [
      { name: 'u', dtype: 'uint8', shape: [1], data: Uint8Array.of(7) },
      { name: 'h', dtype: 'float16', shape: [3], data: bytesOf(float32ToHalf(Float32Array.of(1, 2, 3))) },
      float32('a', [1]),
      { ...float32('b.w', [0, 1, 2, 3, 4, 5]), shape: [2, 3] },
      { name: 'y', dtype: 'int64', shape: [], data: bytesOf(BigInt64Array.of(5n)) },
    ];
    expect(Buffer.compare(encodeSafetensors(given, { format: 'pt' }), expected)).toBe(0);
    const parsed = parseSafetensors(expected, 'p');
    expect([...tensorFloat32(parsed, tensorNamed(parsed, 'h'))]).toEqual([1, 2, 3]);
  });

  it('leaves __metadata__ out when there is none', () => {
    expect(headerText(encodeSafetensors([], {})).trimEnd()).toBe('{}');
  });

  it.each<[string, TensorToEncode[], Record<string, string>]>([
    ['two tensors of one name', [float32('w', [1]), float32('w', [1])], {}],
    ['a tensor called __metadata__', [float32('__metadata__', [1])], {}],
    ['a name that is not text', [float32('\ud800', [1])], {}],
    ['metadata that is not text', [], { k: '\udfff' }],
    ['bytes that do not fit the shape', [{ ...float32('w', [1]), shape: [2] }], {}],
    ['a negative size', [{ ...float32('w', []), shape: [-0.5] }], {}],
    ['more axes than are read', [{ ...float32('w', [1]), shape: new Array<number>(65).fill(1) }], {}],
    ['a shape beyond 2^53 bytes', [{ ...float32('w', []), shape: [2 ** 51, 2] }], {}],
  ])('refuses %s', async (_, given, meta) => {
    expect(await codeOf(() => encodeSafetensors(given, meta))).toBe('safetensors.encode');
  });
});

describe('parseSafetensors', () => {
  it('finds nothing but a consistent file or an EngineError in any mutation of a valid one', () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      remove: fc.nat(3),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 3 }),
        fc
          .constantFrom('"', '\\', ',', '{', '}', '[', ']', ':', '0', '-', '9', ' ', 'e', '.', '"F32"', '{}', '\\u0061')
          .map((s) => new TextEncoder().encode(s)),
      ),
    });
    let refused = 0;
    let accepted = 0;
    fc.assert(
      fc.property(tensors, metadata, fc.array(edit, { minLength: 1, maxLength: 3 }), (given, meta, edits) => {
        let bytes: Uint8Array = encodeSafetensors(given, meta);
        const headerLength = new TextEncoder().encode(headerText(bytes)).length;
        for (const { at, remove, insert } of edits) {
          // Mostly in the header, where the decisions are taken.
          const position = Math.floor(at * (8 + headerLength + 4));
          bytes = Uint8Array.of(...bytes.subarray(0, position), ...insert, ...bytes.subarray(position + remove));
        }
        // Half of the time the length is made to fit again, or nearly all would fail at the first check.
        if (bytes.length >= 8 && edits.length !== 2) {
          const shift = edits.reduce((sum, { insert, remove }) => sum + insert.length - remove, 0);
          new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(0, headerLength + shift)), true);
        }
        try {
          expectConsistent(parseSafetensors(bytes, 'p'));
          accepted += 1;
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
          expect(error.code).toMatch(/^safetensors\.[a-z-]+$/);
          refused += 1;
        }
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(100);
    expect(accepted).toBeGreaterThan(100);
  });

  it('finds nothing but a consistent file or an EngineError in any header made of its own tokens', () => {
    const token = fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"w"', '"dtype"', '"F32"', '"shape"', '"data_offsets"', '"__metadata__"'],
      ...['0', '1', '4', '-1', '1e400', '"', '\\', 'null', 'true', ' ', '\n', '"\\u0000"'],
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), fc.nat(8), (tokens, dataBytes) => {
        const bytes = rawFile(`{${tokens.join('')}`, dataBytes);
        try {
          expectConsistent(parseSafetensors(bytes, 'p'));
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('reads a header as others write it: spaces, escapes, any order of fields, trailing newline', () => {
    const text =
      '{ "__metadata__" : { } ,\n\t"a\\/\\u00e9" : {"data_offsets" : [ 0 , 8 ], "shape":[ ],\r\n"dtype":"I64"} }\n';
    const bytes = rawFile(text, 8);
    bytes[bytes.length - 8] = 7;
    const file = parseSafetensors(bytes, 'p');
    expect([...tensorInt64(file, tensorNamed(file, 'a/é'))]).toEqual([7n]);
  });

  it('reads tensors at offsets that are not aligned', () => {
    const text = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const bytes = rawFile(text, 8);
    expect((8 + text.length) % 4).not.toBe(0);
    bytes.set(bytesOf(Float32Array.of(1.5, -3)), 8 + text.length);
    const file = parseSafetensors(bytes, 'p');
    expect([...tensorFloat32(file, tensorNamed(file, 'w'))]).toEqual([1.5, -3]);
  });
});

describe('a safetensors file on disk', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
    path = join(folder, 'model.safetensors');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function write(given: readonly TensorToEncode[]): Promise<SafetensorsFile> {
    await writeFile(path, encodeSafetensors(given, {}));
    return readSafetensorsHeader(path);
  }

  it('is described by its header exactly as in memory', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, metadata, async (given, meta) => {
        const bytes = encodeSafetensors(given, meta);
        await writeFile(path, bytes);
        const { bytes: _, ...inMemory } = parseSafetensors(bytes, path);
        expect(await readSafetensorsHeader(path)).toEqual(inMemory);
      }),
      { numRuns: 50 },
    );
  });

  it('gives float32 values whatever float type it stores', async () => {
    // More than a chunk of 2^20 bytes, so that pieces are put together.
    const values = Float32Array.from({ length: 700_001 }, (_, i) => (i % 2048) / 8 - 128);
    const upperHalves = new Uint16Array(values.buffer).filter((_, i) => i % 2 === 1);
    const shape = [values.length];
    const file = await write([
      { name: 'f64', dtype: 'float64', shape, data: bytesOf(Float64Array.from(values)) },
      { name: 'f32', dtype: 'float32', shape, data: bytesOf(values) },
      { name: 'f16', dtype: 'float16', shape, data: bytesOf(float32ToHalf(values)) },
      { name: 'bf16', dtype: 'bfloat16', shape, data: bytesOf(upperHalves) },
    ]);
    const read = (n: string): Promise<Float32Array> => readTensorFloat32(file, tensorNamed(file, n));
    expect(Buffer.compare(await read('f32').then(bytesOf), bytesOf(values))).toBe(0);
    expect(Buffer.compare(await read('f64').then(bytesOf), bytesOf(values))).toBe(0);
    expect(Buffer.compare(await read('f16').then(bytesOf), bytesOf(values))).toBe(0);
    const truncated = new Uint32Array(values.buffer).map((word) => word & 0xffff0000);
    expect(Buffer.compare(await read('bf16').then(bytesOf), bytesOf(truncated))).toBe(0);
  });

  it('gives int64 values as they are, and refuses to read them as fractions or the reverse', async () => {
    const labels = BigInt64Array.of(-1n, 2n ** 62n);
    const file = await write([{ name: 'y', dtype: 'int64', shape: [2], data: bytesOf(labels) }, float32('w', [1])]);
    const [y, w] = [tensorNamed(file, 'y'), tensorNamed(file, 'w')];
    expect(await readTensorInt64(file, y)).toEqual(labels);
    expect(await readTensorBytes(file, w)).toEqual(Uint8Array.of(0, 0, 0x80, 0x3f));
    expect(await codeOf(() => readTensorFloat32(file, y))).toBe('safetensors.dtype');
    expect(await codeOf(() => readTensorInt64(file, w))).toBe('safetensors.dtype');
    await expect(readTensorInt64(file, w)).rejects.toThrow(/"w" holds float32 where int64 is needed/);
  });

  it('says which tensor is not there', () => {
    const file = parseSafetensors(encodeSafetensors([float32('a', [1])], {}), 'vit.safetensors');
    expect(() => tensorNamed(file, 'head.bias')).toThrow(/vit\.safetensors.*"head\.bias" is not in the file/);
  });

  it.each([
    ['float32', NaN],
    ['float32', Infinity],
    ['float32', -Infinity],
    ['float64', NaN],
    ['float64', 1e39],
    ['float16', NaN],
    ['float16', Infinity],
    ['bfloat16', NaN],
  ] as const)('is searched chunk by chunk for the first value that is not finite (%s %d)', async (dtype, bad) => {
    const encode: Record<typeof dtype, (v: number[]) => ArrayBufferView> = {
      float32: (v) => Float32Array.from(v),
      float64: (v) => Float64Array.from(v),
      float16: (v) => float32ToHalf(Float32Array.from(v)),
      bfloat16: (v) => new Uint16Array(Float32Array.from(v).buffer).filter((_, i) => i % 2 === 1),
    };
    const search = async (values: number[]): Promise<number> => {
      const shape = [values.length];
      const padding = float32('padding', [NaN]);
      const file = await write([padding, { name: 'w', dtype, shape, data: bytesOf(encode[dtype](values)) }]);
      return findNonFinite(file, tensorNamed(file, 'w'), 33);
    };
    const finite = Array.from({ length: 100 }, (_, i) => (i - 50) * 655);
    expect(await search(finite)).toBe(-1);
    expect(await search([])).toBe(-1);
    for (const index of [0, 3, 4, 57, 99]) expect(await search(finite.with(index, bad).with(99, bad))).toBe(index);
  });

  it('holds no integers that are not finite', async () => {
    const file = await write([{ name: 'y', dtype: 'int32', shape: [1], data: Uint8Array.of(0, 0, 0xc0, 0x7f) }]);
    expect(await findNonFinite(file, tensorNamed(file, 'y'))).toBe(-1);
  });

  it('is refused by name when it is missing, a folder or a named pipe', async () => {
    await expect(readSafetensorsHeader(path)).rejects.toThrow(/model\.safetensors.*ENOENT/);
    expect(await codeOf(() => readSafetensorsHeader(path))).toBe('safetensors.unreadable');
    await mkdir(path);
    expect(await codeOf(() => readSafetensorsHeader(path))).toBe('safetensors.unreadable');
    if (platform() === 'win32') return;
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await codeOf(() => readSafetensorsHeader(pipe))).toBe('safetensors.unreadable');
  });

  it('is not read on after it has become shorter or longer', async () => {
    const file = await write([float32('w', [1, 2, 3])]);
    const entry = tensorNamed(file, 'w');
    await truncate(path, file.fileSize - 4);
    expect(await codeOf(() => readTensorFloat32(file, entry))).toBe('safetensors.changed');
    await appendFile(path, new Uint8Array(8));
    expect(await codeOf(() => findNonFinite(file, entry))).toBe('safetensors.changed');
    await rm(path);
    expect(await codeOf(() => readTensorBytes(file, entry))).toBe('safetensors.unreadable');
  });

  it('is refused at whatever length it is cut off', async () => {
    const bytes = encodeSafetensors([float32('a', [1, 2]), float32('b', [3])], { k: 'v' });
    for (let length = 0; length < bytes.length; length++) {
      await writeFile(path, bytes.subarray(0, length));
      expect(await codeOf(() => readSafetensorsHeader(path))).toMatch(/^safetensors\.(truncated|out-of-range)$/);
    }
  });

  it('is written tensor by tensor with the bytes that encoding it at once would give', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, metadata, async (given, meta) => {
        let alive = 0;
        const streamed = given.map(({ data, ...description }) => ({
          ...description,
          data: async () => {
            alive += 1;
            await Promise.resolve();
            return data;
          },
        }));
        await writeSafetensorsStream(path, streamed, meta);
        expect(alive).toBe(given.length);
        expect(Buffer.compare(await readFile(path), encodeSafetensors(given, meta))).toBe(0);
      }),
      { numRuns: 30 },
    );
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  it('keeps its old content, with nothing beside it, when writing a new one fails half-way', async () => {
    await write([float32('old', [1])]);
    const before = await readFile(path);
    const good = { name: 'a', dtype: 'float32' as const, shape: [1], data: () => new Uint8Array(4) };
    const failing = {
      ...good,
      name: 'b',
      data: () => {
        throw new Error('no more numbers');
      },
    };
    await expect(writeSafetensorsStream(path, [good, failing], {})).rejects.toThrow('no more numbers');
    const short = { ...good, name: 'b', data: () => new Uint8Array(3) };
    expect(await codeOf(() => writeSafetensorsStream(path, [good, short], {}))).toBe('safetensors.encode');
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
    expect(await codeOf(() => writeSafetensorsStream(join(folder, 'none', 'm'), [good], {}))).toBe('safetensors.write');
  });

  it.skipIf(platform() === 'win32')('reports a write that the system refuses, and leaves nothing behind', async () => {
    const module = new URL('../safetensors.ts', import.meta.url).href;
    const script = `
      const { writeSafetensorsStream } = await import(${JSON.stringify(module)});
      const tensor = { name: 'a', dtype: 'float32', shape: [65536], data: () => new Uint8Array(262144) };
      await writeSafetensorsStream(${JSON.stringify(path)}, [tensor], {}).catch(({ code, message }) => console.log(code, message));
    `;
    // No file may grow beyond 100 blocks of 512 bytes; the signal is ignored so that the write fails instead.
    const { stdout } = spawnSync(
      'sh',
      ['-c', `trap '' XFSZ; ulimit -f 100; exec "$@"`, 'sh', process.execPath, '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    expect(stdout).toMatch(/^safetensors\.write .*model\.safetensors.*EFBIG/);
    expect(await readdir(folder)).toEqual([]);
  });
});
