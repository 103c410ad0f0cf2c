/**
 * A checkpoint with the matrices of its blocks in 8 bits, as a file of its own that the runtime maps. For each matrix M, or
 * each of the three parts of a fused one: `M.codes` uint8 [N, K / block, block] and `M.scales` float32 [N, K / block], and the
 * same of its transpose as `M.transposed.codes` and `M.transposed.scales`, which backward multiplies by. Everything else
 * stays as it was.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DType } from '../dtypes.ts';
import { EngineError } from '../errors.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
  readTensorFloat32,
  writeSafetensorsStream,
} from '../formats/safetensors.ts';
import type { SafetensorsFile, TensorEntry, TensorToStream } from '../formats/safetensors.ts';
import { discard, partialOwner, partialPath } from '../formats/write-atomic.ts';
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

/** What a tensor of a checkpoint becomes, with its transposes where backward needs them; null for one that stays as it is. */
export function quantisedTensors(name: string, shape: Shape, forBackward: boolean): readonly QuantisedTensor[] | null {
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
      ...(forBackward
        ? pair(`${label}.transposed`, [columns, count], { rows, block: across, isTransposed: true })
        : []),
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
  /** Never in the way of what the weights were for: what cannot be deleted is known for a leftover by its name. */
  readonly remove: () => Promise<void>;
}

export interface QuantiseOptions {
  /** Whether transposes are wanted, too. */
  readonly forBackward: boolean;
  /** Rejects where somebody asked to stop. */
  readonly checkStopped: () => Promise<void>;
}

const FILE = 'backbone-8bit.safetensors';

/**
 * Writes the 8-bit file of the weights at `path`, whose names begin with `prefix`, into `folder`, one tensor at a time, and
 * opens it. Throws `train.weights` where the runtime has no block for any of the matrices, what reading and `checkStopped`
 * throw, and what the system says of writing.
 */
export async function quantisedWeights(
  path: string,
  prefix: string,
  folder: string,
  options: QuantiseOptions,
): Promise<OwnedWeights> {
  const source = await readSafetensorsHeader(path);
  const entries = [...source.tensors.values()].filter(({ name }) => name.startsWith(prefix));
  const readOnce = new LastRead(source);
  const tensors = entries.flatMap((entry) => streamed(readOnce, entry, entry.name.slice(prefix.length), options));
  if (!tensors.some(({ dtype }) => dtype === 'uint8')) {
    throw new EngineError(
      'train.weights',
      'None of the matrices of this backbone can be kept in 8 bits: the columns of none are a multiple of 16. ' +
        'Everything stored is kept. Train with the backbone weights as they are.',
    );
  }
  // Under the name of what is unfinished, so that it is known for a leftover where this process is killed.
  const target = partialPath(join(folder, FILE));
  try {
    await writeSafetensorsStream(target, tensors, {});
  } catch (error) {
    // What the system says of a disk is known to whoever tells people of it; the file's name would tell them nothing.
    throw error instanceof EngineError && error.code === 'safetensors.write' ? error.cause : error;
  }
  return { ...(await openWeightFile(target)), remove: () => discard(target) };
}

/** Removes the 8-bit files that killed processes left in a folder which nobody else uses now. */
export async function removeQuantised(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith(`.${FILE}.`) && partialOwner(name) !== null) await discard(join(folder, name));
}

/** A matrix is asked for once for each tensor that it becomes, one after the other. */
class LastRead {
  readonly file: SafetensorsFile;
  #last: { readonly entry: TensorEntry; readonly values: Float32Array } | null = null;

  constructor(file: SafetensorsFile) {
    this.file = file;
  }

  async values(entry: TensorEntry): Promise<Float32Array> {
    if (this.#last?.entry !== entry) {
      // Not two of them at once.
      this.#last = null;
      this.#last = { entry, values: await readTensorFloat32(this.file, entry) };
    }
    return this.#last.values;
  }
}

function streamed(
  source: LastRead,
  entry: TensorEntry,
  name: string,
  { forBackward, checkStopped }: QuantiseOptions,
): readonly TensorToStream[] {
  const quantised = quantisedTensors(name, entry.shape, forBackward);
  if (quantised === null) {
    const data = (): Promise<Uint8Array> => readTensorBytes(source.file, entry);
    return [{ name, dtype: entry.dtype, shape: entry.shape, data }];
  }
  return quantised.map((tensor) => ({
    ...tensor,
    data: async () => {
      await checkStopped();
      return bytesOf(tensor, await source.values(entry), entry);
    },
  }));
}

function bytesOf(
  { rows: [first, count], kind, isTransposed, block }: QuantisedTensor,
  all: Float32Array,
  { shape }: TensorEntry,
): Uint8Array {
  const columns = shape[1] ?? 0;
  const part = all.subarray(first * columns, (first + count) * columns);
  const values = isTransposed ? transpose(part, columns) : part;
  const scales = scalesOf(values, block);
  return kind === 'codes' ? codesOf(values, scales, block) : new Uint8Array(scales.buffer);
}
