/**
 * A checkpoint with the matrices of its blocks in 8 bits, as a file of its own that the runtime maps. For each matrix M, or
 * each of the three parts of a fused one: `M.codes` uint8 [N, K / block, block] and `M.scales` float32 [N, K / block], and the
 * same of its transpose as `M.transposed.codes` and `M.transposed.scales`, which backward multiplies by. Everything else
 * stays as it was.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DType } from '../dtypes.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
  readTensorFloat32,
  writeSafetensorsStream,
} from '../formats/safetensors.ts';
import type { SafetensorsFile, TensorEntry, TensorToStream } from '../formats/safetensors.ts';
import { partialPath } from '../formats/write-atomic.ts';
import type { Shape } from '../graph/types.ts';
import { blockOf, codesOf, scalesOf, transpose } from './quantise.ts';
import { openWeightFile } from './weight-file.ts';
import type { WeightFile } from './weights.ts';
import { partLabel } from './weights.ts';

/** The products in which nearly all of a network's work is, under timm's names. */
const MATRIX = /(?:^|\.)blocks\.\d+\.(?:attn\.(?:qkv|proj)|mlp\.fc[12])\.weight$/;
const FUSED = '.qkv.weight';
const FUSED_PARTS = 3;

type Kind = 'codes' | 'scales';

interface QuantisedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly kind: Kind;
  readonly isTransposed: boolean;
  readonly block: number;
  /** Rows of the fused matrix that it is made of. */
  readonly rows: readonly [number, number];
}

/** What a tensor of a checkpoint becomes; null for one that stays as it is. */
export function quantisedTensors(name: string, shape: Shape): readonly QuantisedTensor[] | null {
  if (!MATRIX.test(name) || shape.length !== 2) return null;
  const [all = 0, columns = 0] = shape;
  const parts = name.endsWith(FUSED) ? FUSED_PARTS : 1;
  const count = all / parts;
  const [along, across] = [blockOf(columns), blockOf(count)];
  if (along === null || across === null) return null;
  return Array.from({ length: parts }, (_, part) => part * count).flatMap((first) => {
    const rows = [first, count] as const;
    const label = partLabel(name, parts === 1 ? undefined : rows);
    return [
      ...pair(label, [count, columns], { rows, block: along, isTransposed: false }),
      ...pair(`${label}.transposed`, [columns, count], { rows, block: across, isTransposed: true }),
    ];
  });
}

function pair(
  label: string,
  [n, k]: readonly [number, number],
  part: Pick<QuantisedTensor, 'rows' | 'block' | 'isTransposed'>,
): QuantisedTensor[] {
  const blocks = k / part.block;
  return [
    { name: `${label}.codes`, dtype: 'uint8', shape: [n, blocks, part.block], kind: 'codes', ...part },
    { name: `${label}.scales`, dtype: 'float32', shape: [n, blocks], kind: 'scales', ...part },
  ];
}

/** Weights in a file that was made for the one who asked, who removes it. */
export interface OwnedWeights extends WeightFile {
  readonly remove: () => Promise<void>;
}

/**
 * Writes the 8-bit file of the weights at `path`, whose names begin with `prefix`, into `folder`, one tensor at a time, and
 * opens it; `remove` deletes it. Throws what reading and writing throw.
 */
export async function quantisedWeights(path: string, prefix: string, folder: string): Promise<OwnedWeights> {
  const source = await readSafetensorsHeader(path);
  // Under the name of what is unfinished, so that it is known for a leftover where this process is killed.
  const target = partialPath(join(folder, 'backbone-8bit.safetensors'));
  const tensors = [...source.tensors.values()].flatMap((entry) =>
    entry.name.startsWith(prefix) ? streamed(source, entry, entry.name.slice(prefix.length)) : [],
  );
  await writeSafetensorsStream(target, tensors, {});
  return { ...(await openWeightFile(target)), remove: () => rm(target, { force: true }) };
}

function streamed(source: SafetensorsFile, entry: TensorEntry, name: string): readonly TensorToStream[] {
  const quantised = quantisedTensors(name, entry.shape);
  if (quantised === null)
    return [{ name, dtype: entry.dtype, shape: entry.shape, data: () => readTensorBytes(source, entry) }];
  return quantised.map((tensor) => ({
    ...tensor,
    data: async () => bytesOf(tensor, await readTensorFloat32(source, entry), entry),
  }));
}

function bytesOf(
  { rows: [first, count], kind, isTransposed, block }: QuantisedTensor,
  all: Float32Array,
  { shape }: TensorEntry,
) {
  const columns = shape[1] ?? 0;
  const part = all.subarray(first * columns, (first + count) * columns);
  const values = isTransposed ? transpose(part, columns) : part;
  const scales = scalesOf(values, block);
  return kind === 'codes' ? codesOf(values, scales, block) : new Uint8Array(scales.buffer);
}
