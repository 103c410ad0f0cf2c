import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SafetensorsBuffer, TensorToEncode } from '../formats/safetensors.ts';
import {
  encodeSafetensors,
  parseSafetensors,
  readSafetensorsHeader,
  readTensorBytes,
  readTensorFloat32,
  tensorFloat32,
} from '../formats/safetensors.ts';
import { writeAtomic } from '../formats/write-atomic.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { referenceFile } from '../testing/reference.ts';
import { runStepFile } from './step.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dtl-step-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function answers(path: string): Promise<Map<string, Float32Array>> {
  const file = await readSafetensorsHeader(path);
  const expected = new Map<string, Float32Array>();
  for (const [name, entry] of file.tensors) {
    if (name.startsWith('expect.'))
      expected.set(name.slice('expect.'.length).replace('after5.', 'after.'), await readTensorFloat32(file, entry));
  }
  return expected;
}

function tensor(file: SafetensorsBuffer, name: string): Float32Array {
  const entry = file.tensors.get(name);
  if (entry === undefined) throw new Error(`The answer has no ${name}.`);
  return tensorFloat32(file, entry);
}

/** Median absolute difference relative to the RMS of the expected tensor. */
function relativeMedian(actual: Float32Array, expected: Float32Array): number {
  const differences = [...actual].map((value, at) => Math.abs(value - expected[at]!)).sort((a, b) => a - b);
  const rms = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0) / expected.length);
  return differences[Math.floor(differences.length / 2)]! / rms;
}

describe.each(['vit48-dtl', 'vit48-dtl-plus-k5', 'vit48-dtl-plus-all-k3', 'swin16-dtl-plus-k5'])(
  'a step of %s',
  (name) => {
    const path = referenceFile(`${name}.safetensors`);

    it.skipIf(path === null).each([null, 1])(
      'agrees with the published implementation, micro-batch %s',
      async (microBatch) => {
        const expected = await answers(path!);
        const { bytes } = await runStepFile({ input: path!, steps: 5, microBatch, threads: 2 });
        const actual = parseSafetensors(bytes, 'answer');
        expect([...actual.tensors.keys()].sort()).toEqual([...expected.keys()].sort());
        for (const [tensorName, values] of expected) {
          const got = tensor(actual, tensorName);
          expect(got.length, tensorName).toBe(values.length);
          expect(got.every(Number.isFinite), tensorName).toBe(true);
          const bound = tensorName.startsWith('after.') ? 1e-2 : 1e-5;
          expect(relativeL2(got, values), tensorName).toBeLessThanOrEqual(bound);
          if (tensorName.startsWith('after.'))
            expect(relativeMedian(got, values), tensorName).toBeLessThanOrEqual(1e-5);
        }
      },
    );
  },
);

describe('a step file', () => {
  const path = referenceFile('vit48-dtl.safetensors');

  /** The reference file with changed metadata, tensors left out, or values replaced. */
  async function changed(
    label: string,
    metadata: Record<string, string>,
    edit: (name: string, bytes: Uint8Array) => Uint8Array | null = (_, bytes) => bytes,
  ): Promise<string> {
    const file = await readSafetensorsHeader(path!);
    const tensors: TensorToEncode[] = [];
    for (const [name, entry] of file.tensors) {
      if (name.startsWith('expect.')) continue;
      const data = edit(name, await readTensorBytes(file, entry));
      if (data !== null) tensors.push({ name, dtype: entry.dtype, shape: entry.shape, data });
    }
    const target = join(directory, `${label}.safetensors`);
    await writeAtomic(target, encodeSafetensors(tensors, { ...Object.fromEntries(file.metadata), ...metadata }));
    return target;
  }
  const step = (input: string, steps = 0) => runStepFile({ input, steps, microBatch: null, threads: 1 });

  it.skipIf(path === null)('without --steps holds the gradient and no update', async () => {
    const { bytes, losses } = await step(await changed('plain', {}));
    const names = [...parseSafetensors(bytes, 'answer').tensors.keys()];
    expect(losses).toEqual([]);
    expect(names.filter((name) => name.startsWith('after.') || name === 'losses')).toEqual([]);
    expect(names).toContain('grad.lora_dict.11.lora_B');
  });

  it.skipIf(path === null)(
    'leaves a tensor that the loss does not reach as it was, with a gradient of zeros',
    async () => {
      const input = await changed('unreached', { add_after_blocks: '6,7,8' });
      const { bytes, sideParameters } = await step(input, 2);
      const answer = parseSafetensors(bytes, 'answer');
      const file = await readSafetensorsHeader(input);
      const given = await readTensorFloat32(file, file.tensors.get('adapter.lora_dict.9.lora_A')!);
      expect(tensor(answer, 'grad.lora_dict.9.lora_A').every((value) => value === 0)).toBe(true);
      expect(tensor(answer, 'after.lora_dict.9.lora_A')).toEqual(given);
      expect(tensor(answer, 'grad.lora_dict.8.lora_A').some((value) => value !== 0)).toBe(true);
      expect(sideParameters).toBe(9 * 2 * 2 * 48);
    },
  );

  const swinPath = referenceFile('swin16-dtl-plus-k5.safetensors');
  it.skipIf(swinPath === null)('may leave out the kernel of a stage that is never adapted, but no other', async () => {
    const file = await readSafetensorsHeader(swinPath!);
    const without = async (...stages: number[]): Promise<string> => {
      const tensors: TensorToEncode[] = [];
      for (const [name, entry] of file.tensors) {
        const gone = stages.some((stage) => name === `adapter.lora_fusions.${stage}.weight`);
        if (gone || name.startsWith('expect.')) continue;
        tensors.push({ name, dtype: entry.dtype, shape: entry.shape, data: await readTensorBytes(file, entry) });
      }
      const target = join(directory, `without-${stages.join('-')}.safetensors`);
      await writeAtomic(target, encodeSafetensors(tensors, Object.fromEntries(file.metadata)));
      return target;
    };
    const { bytes, sideParameters } = await step(await without(0, 1));
    const names = [...parseSafetensors(bytes, 'answer').tensors.keys()];
    expect(names.filter((name) => name.includes('lora_fusions'))).toEqual([
      'grad.lora_fusions.2.weight',
      'grad.lora_fusions.3.weight',
    ]);
    expect(sideParameters).toBe(6 * 2 * 4 * 64 + 2 * 2 * 4 * 128 + 25 * (64 + 128));
    await expect(step(await without(2))).rejects.toThrow(/lora_fusions\.2\.weight/);
  });

  it.skipIf(path === null)('takes drop-path masks, unscaled, for the branches whose rate is not 0', async () => {
    const file = await readSafetensorsHeader(path!);
    const tensors: TensorToEncode[] = [];
    for (const [name, entry] of file.tensors) {
      if (!name.startsWith('expect.'))
        tensors.push({ name, dtype: entry.dtype, shape: entry.shape, data: await readTensorBytes(file, entry) });
    }
    const masks = (value: (branch: number) => number): TensorToEncode[] =>
      Array.from({ length: 22 }, (_, branch) => ({
        name: `input.drop_path_mask.${branch}`,
        dtype: 'float32',
        shape: [2],
        data: new Uint8Array(Float32Array.of(value(branch), 1).buffer),
      }));
    const run = async (label: string, value: (branch: number) => number) => {
      const target = join(directory, `${label}.safetensors`);
      await writeAtomic(
        target,
        encodeSafetensors([...tensors, ...masks(value)], { ...Object.fromEntries(file.metadata), drop_path: '0.2' }),
      );
      return parseSafetensors((await step(target)).bytes, label);
    };
    const kept = tensor(await run('kept', () => 1), 'logits');
    const dropped = tensor(await run('dropped', (branch) => (branch === 20 ? 0 : 1)), 'logits');
    const plain = tensor(parseSafetensors((await step(await changed('rate0', {}))).bytes, 'plain'), 'logits');
    const classes = kept.length / 2;
    expect(relativeL2(kept, plain)).toBeGreaterThan(1e-3);
    expect(relativeL2(dropped.subarray(0, classes), kept.subarray(0, classes))).toBeGreaterThan(1e-3);
    expect(relativeL2(dropped.subarray(classes), kept.subarray(classes))).toBeLessThanOrEqual(1e-6);
  });

  it.skipIf(path === null)('that is wrong is refused with what is wrong', async () => {
    await expect(step(await changed('kind', { kind: 'mamba' }))).rejects.toThrow(/describes a mamba/);
    await expect(step(await changed('kernel', { fusion_size: '7' }))).rejects.toThrow(/kernel of 7/);
    await expect(step(await changed('rank', { r: 'two' }))).rejects.toThrow(/r = two, which is not a number/);
    await expect(step(await changed('early', { lora_before_blocks: '7,8,9,10,11' }))).rejects.toThrow(
      /adapter\.lora_dict\.0\.lora_A/,
    );
    const without = (gone: string) => (name: string, bytes: Uint8Array) => (name === gone ? null : bytes);
    await expect(step(await changed('no-labels', {}, without('input.labels')))).rejects.toThrow(/input\.labels/);
    await expect(step(await changed('no-weight', {}, without('backbone.blocks.3.mlp.fc2.weight')))).rejects.toThrow(
      /blocks\.3\.mlp\.fc2\.weight/,
    );
    const label9 = (name: string, bytes: Uint8Array) =>
      name === 'input.labels' ? new Uint8Array(BigInt64Array.of(9n, 0n).buffer) : bytes;
    await expect(step(await changed('label', {}, label9))).rejects.toThrow(/label 9 among 5 classes/);
    const nan = (name: string, bytes: Uint8Array) =>
      name === 'backbone.norm.bias' ? new Uint8Array(new Float32Array(48).fill(NaN).buffer) : bytes;
    await expect(step(await changed('nan', {}, nan))).rejects.toThrow(/not a number/);
  });
});
