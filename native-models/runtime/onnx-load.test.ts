import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './silence.ts';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel } from '../formats/onnx.ts';
import type { OnnxInitializer, OnnxModel } from '../formats/onnx.ts';
import { encodeSafetensors, readSafetensorsHeader, tensorNamed } from '../formats/safetensors.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-load-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** y = gelu(x Wᵀ + b): attributes of both domains, a weight and a bias. */
function linearModel(weight: OnnxInitializer, bias: OnnxInitializer): OnnxModel {
  return {
    irVersion: 9,
    producer: 'test',
    opsets: [
      { domain: '', version: 18 },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: 'linear',
      nodes: [
        {
          name: 'fc/Gemm',
          opType: 'Gemm',
          inputs: ['x', weight.name, bias.name],
          outputs: ['h'],
          attributes: { transB: { kind: 'int', value: 1 }, beta: { kind: 'float', value: 2 } },
        },
        { name: 'fc/Relu', opType: 'Relu', inputs: ['h'], outputs: ['r'], attributes: {} },
        // The second input of Clip is left out.
        { name: 'fc/Clip', opType: 'Clip', inputs: ['r', '', 'six'], outputs: ['y'], attributes: {} },
        {
          name: 'fc/Gelu',
          opType: 'Gelu',
          domain: 'com.microsoft',
          inputs: ['y'],
          outputs: ['z'],
          attributes: {},
        },
        {
          name: 'fc/Transpose',
          opType: 'Transpose',
          inputs: ['h'],
          outputs: ['t'],
          attributes: { perm: { kind: 'ints', value: [1, 0] } },
        },
      ],
      inputs: [{ name: 'x', dtype: 'float32', shape: [1, 2] }],
      outputs: [
        { name: 'y', dtype: 'float32', shape: [1, 3] },
        { name: 'z', dtype: 'float32', shape: [1, 3] },
        { name: 't', dtype: 'float32', shape: [3, 1] },
      ],
      initializers: [
        weight,
        bias,
        {
          name: 'six',
          dtype: 'float32',
          shape: [],
          data: { kind: 'raw', bytes: bytesOf(Float32Array.of(6)) },
        },
      ],
      valueInfos: [{ name: 'h', dtype: 'float32', shape: [1, 3] }],
    },
    metadata: { note: 'kept' },
  };
}

const weights = Float32Array.of(1, 2, -3, 4, 0.5, -0.25);
const biases = Float32Array.of(0.5, 10, -1);
const input = { x: new Tensor('float32', Float32Array.of(1, 2), [1, 2]) };
/** x Wᵀ + 2 b, by hand */
const hidden = [6, 25, -2];

function raw(name: string, values: Float32Array, shape: readonly number[]): OnnxInitializer {
  return { name, dtype: 'float32', shape, data: { kind: 'raw', bytes: bytesOf(values) } };
}

function floats(result: InferenceSession.OnnxValueMapType, name: string): number[] {
  const data = result[name]?.data;
  if (!(data instanceof Float32Array)) throw new TypeError(`${name} is not a float tensor`);
  return [...data];
}

describe('a model that we wrote', () => {
  it('is loaded and computed by the runtime, attributes and left-out inputs included', async () => {
    const model = linearModel(raw('w', weights, [3, 2]), raw('b', biases, [3]));
    const session = await InferenceSession.create(encodeModel(model));
    const result = await session.run(input);
    expect(floats(result, 't')).toEqual(hidden);
    expect(floats(result, 'y')).toEqual([6, 6, 0]);
    expect(floats(result, 'z')[0]).toBeCloseTo(6, 5);
    expect(session.inputMetadata).toMatchObject([{ name: 'x', shape: [1, 2] }]);
    await session.release();
  });

  it('takes weights straight out of a safetensors file, at the offsets its header gives', async () => {
    const path = join(folder, 'weights.safetensors');
    const file = encodeSafetensors(
      [
        { name: 'unused', dtype: 'float32', shape: [5], data: bytesOf(new Float32Array(5).fill(NaN)) },
        { name: 'fc.weight', dtype: 'float32', shape: [3, 2], data: bytesOf(weights) },
        { name: 'fc.bias', dtype: 'float32', shape: [3], data: bytesOf(biases) },
      ],
      { format: 'pt' },
    );
    await writeFile(path, file);
    const header = await readSafetensorsHeader(path);
    const pointTo = (name: string): OnnxInitializer => {
      const { dtype, shape, start, end } = tensorNamed(header, name);
      const data = { kind: 'external' as const, location: 'weights.safetensors', offset: start, length: end - start };
      return { name, dtype, shape, data };
    };
    const model = encodeModel(linearModel(pointTo('fc.weight'), pointTo('fc.bias')));
    const session = await InferenceSession.create(model, {
      extra: { session: { model_external_initializers_file_folder_path: folder } },
    });
    const result = await session.run(input);
    expect(floats(result, 't')).toEqual(hidden);
    await session.release();
  });
});
