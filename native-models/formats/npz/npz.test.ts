import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../errors.ts';
import { readNpzArray, readNpzHeader } from '../npz.ts';
import { NpyProblem, npyHeaderLength, parseNpyHeader } from './npy-header.ts';
import { rowMajorLittleEndian } from './npy-values.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npz-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function header(dictionary: string, version = 1): Uint8Array {
  const text = Buffer.from(`${dictionary}\n`, version === 3 ? 'utf8' : 'latin1');
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  return Buffer.concat([head, text]);
}

const parsed = (dictionary: string, version?: number): ReturnType<typeof parseNpyHeader> =>
  parseNpyHeader(header(dictionary, version));

describe('the header of an array', () => {
  it('is read in every form that numpy has written', () => {
    const wanted = { dtype: 'float32', bigEndian: false, fortranOrder: false, shape: [3, 4] };
    for (const version of [1, 2, 3]) {
      expect(parsed("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }      ", version)).toMatchObject(
        wanted,
      );
    }
    expect(parsed('{"shape": (3L, 4L), "fortran_order": False, "descr": "<f4"}')).toMatchObject(wanted);
    const big = parsed("{'descr': '>f8', 'fortran_order': True, 'shape': (7,)}");
    expect(big).toMatchObject({ dtype: 'float64', bigEndian: true, fortranOrder: true, shape: [7] });
    expect(parsed("{'descr': '<f2', 'fortran_order': False, 'shape': ()}").shape).toEqual([]);
    expect(parsed("{'descr': '|V2', 'fortran_order': False, 'shape': (1,)}").dtype).toBe('bfloat16');
  });

  it.each([
    ['(3)', 'no Python dictionary'],
    ['(3, -1)', 'negative'],
    ['(3, 1e3)', 'no Python dictionary'],
    ['(99999999999999999999,)', '2^53'],
    [`(${'1,'.repeat(33)})`, 'axes'],
    ['[3]', 'no Python dictionary'],
  ])('is refused for the shape %s', (shape, why) => {
    expect(() => parsed(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}}`)).toThrow(why);
  });

  it('has an answer to any text', () => {
    const words = fc.constantFrom(
      "'descr'",
      "'shape'",
      "'fortran_order'",
      ':',
      ',',
      '{',
      '}',
      '(',
      ')',
      '3',
      "'<f4'",
      'True',
      ' ',
    );
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 4 }), (dictionary, version) => {
        try {
          const bytes = header(dictionary, version);
          expect(npyHeaderLength(bytes)).toBe(bytes.length);
          expect(parseNpyHeader(bytes).shape.every((size) => Number.isSafeInteger(size) && size >= 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(NpyProblem);
        }
      }),
      { numRuns: 500 },
    );
  });
});

it('brings columns and foreign byte orders to rows and the usual one', () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
  fc.assert(
    fc.property(
      shapes,
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom('float16', 'float32', 'float64'),
      (shape, fortranOrder, bigEndian, dtype) => {
        const size = { float16: 2, float32: 4, float64: 8 }[dtype];
        const count = shape.reduce((product, axis) => product * axis, 1);
        // Element i in rows has the number i in its bytes; where it lies in columns follows from its place.
        const stored = Buffer.alloc(count * size);
        const wanted = Buffer.alloc(count * size);
        for (let i = 0; i < count; i++) {
          let [rest, at, stride] = [i, 0, 1];
          const place = shape.toReversed().map((axis) => {
            const here = rest % axis;
            rest = Math.floor(rest / axis);
            return here;
          });
          for (const [axis, here] of place.reverse().entries()) {
            at += here * stride;
            stride *= shape[axis] ?? 1;
          }
          const target = (fortranOrder ? at : i) * size;
          if (bigEndian) stored.writeUInt16BE(i, target + size - 2);
          else stored.writeUInt16LE(i, target);
          wanted.writeUInt16LE(i, i * size);
        }
        const bytes = new Uint8Array(stored);
        expect(Buffer.from(rowMajorLittleEndian({ dtype, bigEndian, fortranOrder, shape }, bytes))).toEqual(wanted);
      },
    ),
    { numRuns: 200 },
  );
});

interface Member {
  readonly name: string;
  readonly values: Float32Array;
  readonly deflated: boolean;
}

/** A plain archive of float32 vectors. */
function archive(members: readonly Member[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, values, deflated } of members) {
    const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${values.length},), }`;
    const bytes = Buffer.concat([header(dictionary), new Uint8Array(values.buffer)]);
    const packed = deflated ? deflateRawSync(bytes) : bytes;
    const label = Buffer.from(`${name}.npy`);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(deflated ? 8 : 0, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(label.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), common, label, packed);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, label);
    at += 30 + label.length + packed.length;
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

const member = fc.record({
  name: fc.stringMatching(/^[a-z]{1,8}(\/[a-zé]{1,8}){0,2}$/),
  values: fc.float32Array({ noNaN: true, maxLength: 300 }),
  deflated: fc.boolean(),
});
const members = fc.uniqueArray(member, { selector: ({ name }) => name, maxLength: 6 });

it('gives back every array of any archive', async () => {
  const path = join(folder, 'good.npz');
  await fc.assert(
    fc.asyncProperty(members, async (given) => {
      await writeFile(path, archive(given));
      const file = await readNpzHeader(path);
      expect([...file.arrays.keys()]).toEqual(given.map(({ name }) => name));
      for (const { name, values } of given) {
        const array = file.arrays.get(name) ?? expect.fail(name);
        expect(array.shape).toEqual([values.length]);
        expect(Buffer.from(await readNpzArray(file, array))).toEqual(Buffer.from(values.buffer));
      }
    }),
    { numRuns: 60 },
  );
});

it('refuses or reads an archive with bytes changed anywhere, and never gives other numbers', async () => {
  const path = join(folder, 'changed.npz');
  const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true }), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(members, changes, fc.double({ min: 0, max: 1 }), async (given, edits, keep) => {
      const bytes = archive(given);
      for (const [where, value] of edits) bytes[Math.floor(where * bytes.length)] = value;
      await writeFile(path, keep < 0.2 ? bytes.subarray(0, Math.floor(bytes.length * keep * 5)) : bytes);
      try {
        const file = await readNpzHeader(path);
        for (const array of file.arrays.values()) {
          const numbers = Buffer.from(await readNpzArray(file, array));
          const same = given.some(({ values }) => Buffer.compare(numbers, Buffer.from(values.buffer)) === 0);
          // A name may have changed, or how a header reads the numbers, but what is under the checksum is whole.
          if (array.dtype === 'float32' && !array.header.bigEndian) expect(same).toBe(true);
        }
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        expect(error.code).toMatch(/^npz\./);
        expect(error.message).toContain('changed.npz');
      }
    }),
    { numRuns: 200 },
  );
});
