/** A Vision Transformer of a few thousand random weights in timm's names, so that flows train in a second. */
import { writeFile } from 'node:fs/promises';

interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface TinySpec {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly width: number;
  readonly depth: number;
  readonly seed: number;
}

export const TINY: TinySpec = { imageSize: 16, patchSize: 4, width: 16, depth: 4, seed: 1 };
/** Slow enough to watch its epochs, fast enough to wait for their end. */
export const SMALL: TinySpec = { imageSize: 64, patchSize: 16, width: 64, depth: 6, seed: 1 };
export const TINY_HEADS = 2;

export function tinyTensors({ imageSize, patchSize, width, depth, seed }: TinySpec): Map<string, Tensor> {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296 - 0.5;
  };
  const tensors = new Map<string, Tensor>();
  const add = (name: string, shape: readonly number[], center = 0, spread = 0.5): void => {
    const size = shape.reduce((a, b) => a * b, 1);
    tensors.set(name, { shape, values: Float32Array.from({ length: size }, () => center + spread * random()) });
  };
  const linear = (name: string, outputs: number, inputs: number): void => {
    add(`${name}.weight`, [outputs, inputs]);
    add(`${name}.bias`, [outputs], 0, 0.1);
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [width], 1, 0.1);
    add(`${name}.bias`, [width], 0, 0.1);
  };
  const patches = (imageSize / patchSize) ** 2;
  add('cls_token', [1, 1, width]);
  add('pos_embed', [1, 1 + patches, width]);
  add('patch_embed.proj.weight', [width, 3, patchSize, patchSize]);
  add('patch_embed.proj.bias', [width], 0, 0.1);
  for (let block = 0; block < depth; block++) {
    norm(`blocks.${block}.norm1`);
    linear(`blocks.${block}.attn.qkv`, 3 * width, width);
    linear(`blocks.${block}.attn.proj`, width, width);
    norm(`blocks.${block}.norm2`);
    linear(`blocks.${block}.mlp.fc1`, 4 * width, width);
    linear(`blocks.${block}.mlp.fc2`, width, 4 * width);
  }
  norm('norm');
  return tensors;
}

export async function writeSafetensors(path: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  // The statistics of published networks differ, so a file has to say its own.
  const header: Record<string, object> = { __metadata__: { mean: '[0.5, 0.5, 0.5]', std: '[0.5, 0.5, 0.5]' } };
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    offset += values.byteLength;
  }
  const text = JSON.stringify(header);
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(path, Buffer.concat([length, json, ...parts]));
}

export async function writeTinyBackbone(path: string, spec: TinySpec = TINY): Promise<void> {
  await writeSafetensors(path, tinyTensors(spec));
}
