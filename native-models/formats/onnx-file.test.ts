import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelFile } from './onnx-file.ts';
import type { OnnxInitializer, OnnxModel } from './onnx.ts';
import { encodeModel } from './onnx.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-file-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function modelOf(initializers: readonly OnnxInitializer[]): OnnxModel {
  return {
    irVersion: 9,
    producer: 'test',
    opsets: [{ domain: '', version: 18 }],
    graph: {
      name: 'g',
      nodes: [],
      inputs: [{ name: 'x', dtype: 'uint8', shape: ['n', 3] }],
      outputs: [],
      initializers,
    },
    metadata: { a: 'b' },
  };
}

async function written(model: OnnxModel): Promise<{ readonly bytes: Buffer; readonly told: readonly number[] }> {
  const path = join(folder, 'model.onnx');
  const told: number[] = [];
  const file = modelFile(model, folder);
  await using handle = await open(path, 'w');
  await file.write(handle, (done) => Promise.resolve(void told.push(done)));
  const bytes = await readFile(path);
  expect(bytes.length).toBe(file.bytes);
  return { bytes, told };
}

it('gives the bytes of a model that held its weights from the start', async () => {
  const part = fc.record({ length: fc.nat(3000), isExternal: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), fc.nat(50), async (parts, gap) => {
      const stored = Uint8Array.from({ length: 20_000 }, (_, at) => (at * 37) % 251);
      await writeFile(join(folder, 'weights.bin'), stored);
      let at = gap;
      const both = parts.map(({ length, isExternal }, index) => {
        const offset = at;
        at += length;
        const common = { name: `w${index}`, dtype: 'uint8' as const, shape: [length] };
        const raw: OnnxInitializer = { ...common, data: { kind: 'raw', bytes: stored.slice(offset, offset + length) } };
        const location = 'weights.bin';
        const external: OnnxInitializer = { ...common, data: { kind: 'external', location, offset, length } };
        return { raw, mixed: isExternal ? external : raw };
      });
      const { bytes } = await written(modelOf(both.map(({ mixed }) => mixed)));
      expect(new Uint8Array(bytes)).toEqual(encodeModel(modelOf(both.map(({ raw }) => raw))));
    }),
    { numRuns: 30 },
  );
});

it('says how far it is, to the last byte', async () => {
  const length = 9 << 20;
  await writeFile(join(folder, 'large.bin'), new Uint8Array(length).fill(7));
  const data = { kind: 'external' as const, location: 'large.bin', offset: 0, length };
  const { bytes, told } = await written(modelOf([{ name: 'w', dtype: 'uint8', shape: [length], data }]));
  expect(told.length).toBeGreaterThanOrEqual(3);
  expect(told.at(-1)).toBe(bytes.length);
});

it('names weights that are not there, or end too early', async () => {
  await writeFile(join(folder, 'short.bin'), new Uint8Array(10));
  const of = (location: string): OnnxModel =>
    modelOf([{ name: 'w', dtype: 'uint8', shape: [11], data: { kind: 'external', location, offset: 0, length: 11 } }]);
  await expect(written(of('short.bin'))).rejects.toMatchObject({ code: 'onnx.weights' });
  await expect(written(of('none.bin'))).rejects.toMatchObject({ code: 'onnx.weights' });
});

it('refuses what no ONNX file can hold before anything is written', () => {
  const length = 2 ** 31;
  const data = { kind: 'external' as const, location: 'x', offset: 0, length };
  expect(() => modelFile(modelOf([{ name: 'w', dtype: 'uint8', shape: [length], data }]), folder)).toThrow(
    expect.objectContaining({ code: 'onnx.too-large' }),
  );
});
