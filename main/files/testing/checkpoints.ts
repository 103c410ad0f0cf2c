/** Tiny checkpoints of Vision Transformers: width 12, 2 blocks, patches of 4 in images of 8 pixels, 24 in the MLP. */
import { encodeSafetensors } from '#native-models/formats/safetensors.ts';

export interface TestTensor {
  readonly name: string;
  readonly dtype: 'float32' | 'float16' | 'bfloat16' | 'float64' | 'int64';
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Values that every floating type holds exactly: k / 64 for whole k from -64 to 63. */
function value(index: number): number {
  return (((index * 37) % 128) - 64) / 64;
}

export function float32(name: string, shape: readonly number[], of: (index: number) => number = value): TestTensor {
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => of(i));
  return { name, dtype: 'float32', shape, data: new Uint8Array(values.buffer) };
}

/** The same values in a 16-bit type; exact for those of `float32`, which have few digits. */
export function narrowed(tensor: TestTensor, dtype: 'float16' | 'bfloat16'): TestTensor {
  const words = new Uint32Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength / 4);
  const halves = Uint16Array.from(words, (word) => {
    if (dtype === 'bfloat16') return word >>> 16;
    const magnitude = word & 0x7fffffff;
    const sign = (word >>> 16) & 0x8000;
    return magnitude === 0 ? sign : sign | (((magnitude >>> 23) - 112) << 10) | ((magnitude >>> 13) & 0x3ff);
  });
  return { ...tensor, dtype, data: new Uint8Array(halves.buffer) };
}

export function vitTensors(): TestTensor[] {
  const block = (i: number): TestTensor[] => [
    float32(`blocks.${i}.norm1.weight`, [12]),
    float32(`blocks.${i}.norm1.bias`, [12]),
    float32(`blocks.${i}.attn.qkv.weight`, [36, 12]),
    float32(`blocks.${i}.attn.qkv.bias`, [36]),
    float32(`blocks.${i}.attn.proj.weight`, [12, 12]),
    float32(`blocks.${i}.attn.proj.bias`, [12]),
    float32(`blocks.${i}.norm2.weight`, [12]),
    float32(`blocks.${i}.norm2.bias`, [12]),
    float32(`blocks.${i}.mlp.fc1.weight`, [24, 12]),
    float32(`blocks.${i}.mlp.fc1.bias`, [24]),
    float32(`blocks.${i}.mlp.fc2.weight`, [12, 24]),
    float32(`blocks.${i}.mlp.fc2.bias`, [12]),
  ];
  return [
    float32('cls_token', [1, 1, 12]),
    float32('pos_embed', [1, 5, 12]),
    float32('patch_embed.proj.weight', [12, 3, 4, 4]),
    float32('patch_embed.proj.bias', [12]),
    ...block(0),
    ...block(1),
    float32('norm.weight', [12]),
    float32('norm.bias', [12]),
  ];
}

export const vitMetadata = {
  architecture: 'tiny_test',
  num_heads: '3',
  layer_norm_eps: '1e-6',
  mean: '[0.1, 0.2, 0.3]',
  std: '[0.4, 0.5, 0.6]',
  license: 'Apache-2.0',
};

export function checkpoint(
  tensors: readonly TestTensor[] = vitTensors(),
  metadata: Readonly<Record<string, string>> = vitMetadata,
): Uint8Array {
  return encodeSafetensors(tensors, metadata);
}
