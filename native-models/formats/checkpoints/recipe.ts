/** How a tensor under its canonical name is made from those of a file: cut, turned, put together, nothing computed twice. */
import type { FloatDType } from '../../dtypes.ts';
import { byteSizes, isFloat } from '../../dtypes.ts';
import { EngineError } from '../../errors.ts';
import type { ResizeKind } from '../../models/resize-positions.ts';
import { resizePositions } from '../../models/resize-positions.ts';
import { decodeFloats } from '../safetensors/decode.ts';
import type { TensorFile } from './tensor-file.ts';

/** A part of a tensor of the file, taken in this order: `index`, `view`, `rows`, `permute`. */
export interface Piece {
  readonly source: string;
  /** One entry of the first axis, which is then gone (blocks that are stacked in one tensor). */
  readonly index?: number;
  /** The same numbers under another shape. */
  readonly view?: readonly number[];
  /** From and to along the first axis of the view. */
  readonly rows?: readonly [number, number];
  /** Order of the view's axes in the result. */
  readonly permute?: readonly number[];
}

export interface Recipe {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Exclude<FloatDType, 'float64'>;
  /** One below the other along the first axis, or added up as float32. */
  readonly join: 'rows' | 'sum';
  readonly pieces: readonly Piece[];
  /** The rows of position embeddings brought to another grid, behind the first `prefix` rows, which stay. */
  readonly resize?: {
    readonly prefix: number;
    readonly from: number;
    readonly to: number;
    readonly kind: ResizeKind;
  };
}

export function recipeBytes({ shape, dtype }: Recipe): number {
  return elementsOf(shape) * byteSizes[dtype];
}

/** The shape that a piece of a tensor of `shape` has; null where the piece does not fit that shape. */
export function pieceShape(
  shape: readonly number[],
  { index, view, rows, permute }: Omit<Piece, 'source'>,
): readonly number[] | null {
  let now = shape;
  if (index !== undefined) {
    if (index >= (now[0] ?? 0)) return null;
    now = now.slice(1);
  }
  if (view !== undefined) {
    if (elementsOf(view) !== elementsOf(now)) return null;
    now = view;
  }
  if (rows !== undefined) {
    if (rows[1] > (now[0] ?? 0)) return null;
    now = [rows[1] - rows[0], ...now.slice(1)];
  }
  if (permute === undefined) return now;
  return permute.length === now.length ? permute.map((axis) => now[axis] ?? 0) : null;
}

export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether the tensor lies in the file as it is needed. */
export function isPlainCopy({ name, shape, pieces, dtype, resize }: Recipe, prefix: string, file: TensorFile): boolean {
  const [piece, ...more] = pieces;
  if (piece === undefined || more.length > 0 || resize !== undefined) return false;
  const { source, index, rows, permute } = piece;
  const stored = file.tensors.get(source);
  const whole = index === undefined && rows === undefined && permute === undefined;
  return whole && source === prefix + name && stored?.dtype === dtype && stored.shape.join() === shape.join();
}

/** The tensor's bytes, row-major, little-endian. */
export async function cook(recipe: Recipe, read: TensorFile['read'], file: TensorFile): Promise<Uint8Array> {
  if (recipe.resize !== undefined) return resized(recipe, recipe.resize, read, file);
  if (recipe.join === 'sum') return sum(recipe, read, file);
  const size = recipeBytes(recipe);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const piece of recipe.pieces) parts.push(await cut(piece, recipe.dtype, read, file));
  const [only, second] = parts;
  if (only !== undefined && second === undefined) return checked(recipe, only, size);
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    if (at + part.length > size) throw misfit(recipe);
    out.set(part, at);
    at += part.length;
  }
  if (at !== size) throw misfit(recipe);
  return out;
}

/** pos_embed [1, prefix + from², d] -> [1, prefix + to², d], always as float32. */
async function resized(
  recipe: Recipe,
  { prefix, from, to, kind }: NonNullable<Recipe['resize']>,
  read: TensorFile['read'],
  file: TensorFile,
): Promise<Uint8Array> {
  const [piece] = recipe.pieces;
  const [, , width = 0] = recipe.shape;
  if (piece === undefined) throw misfit(recipe);
  const bytes = await cut(piece, 'float32', read, file);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / byteSizes.float32);
  if (values.length !== (prefix + from * from) * width) throw misfit(recipe);
  const out = resizePositions(values, { prefix, width, from: [from, from], to: [to, to], kind });
  return new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
}

async function sum(recipe: Recipe, read: TensorFile['read'], file: TensorFile): Promise<Uint8Array> {
  const total = new Float32Array(elementsOf(recipe.shape));
  for (const piece of recipe.pieces) {
    const bytes = await cut(piece, 'float32', read, file);
    if (bytes.length !== total.byteLength) throw misfit(recipe);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, total.length);
    for (const [i, value] of values.entries()) total[i]! += value;
  }
  return new Uint8Array(total.buffer);
}

async function cut(
  { source, index, view, rows, permute }: Piece,
  dtype: Recipe['dtype'],
  read: TensorFile['read'],
  file: TensorFile,
): Promise<Uint8Array<ArrayBuffer>> {
  const stored = file.tensors.get(source);
  if (stored === undefined || !isFloat(stored.dtype))
    throw new EngineError('checkpoint.missing', `No floats: ${source}.`);
  let bytes = await read(source);
  let shape = stored.shape;
  if (index !== undefined) {
    const each = bytes.length / (shape[0] ?? 1);
    bytes = bytes.subarray(index * each, (index + 1) * each);
    shape = shape.slice(1);
  }
  shape = view ?? shape;
  if (rows !== undefined) {
    const each = bytes.length / (shape[0] ?? 1);
    bytes = bytes.subarray(rows[0] * each, rows[1] * each);
    shape = [rows[1] - rows[0], ...shape.slice(1)];
  }
  const typed = inType(bytes, stored.dtype, dtype);
  return permute === undefined ? typed : permuted(typed, byteSizes[dtype], shape, permute);
}

function inType(bytes: Uint8Array<ArrayBuffer>, from: FloatDType, to: Recipe['dtype']): Uint8Array<ArrayBuffer> {
  if (from === to) return bytes;
  if (to !== 'float32') throw new EngineError('checkpoint.dtype', `${from} is not made ${to}.`);
  const values = new Float32Array(bytes.length / byteSizes[from]);
  decodeFloats(from, bytes, values);
  return new Uint8Array(values.buffer);
}

/** Copies whole elements of 2 or 4 bytes as words, so that no value is touched. */
function permuted(
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
  shape: readonly number[],
  order: readonly number[],
): Uint8Array<ArrayBuffer> {
  const count = bytes.length / size;
  const words = (buffer: ArrayBuffer, offset: number): Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> =>
    size === 2 ? new Uint16Array(buffer, offset, count) : new Uint32Array(buffer, offset, count);
  const from = words(bytes.buffer, bytes.byteOffset);
  const to = words(new ArrayBuffer(bytes.length), 0);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, each) => product * each, 1));
  const sizes = order.map((axis) => shape[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 0);
  const place = sizes.map(() => 0);
  const last = sizes.length - 1;
  const lastSize = sizes[last] ?? 1;
  const lastStep = steps[last] ?? 0;
  let at = 0;
  for (let done = 0; done < count;) {
    for (let i = 0; i < lastSize; i++) to[done++] = from[at + i * lastStep]!;
    for (let axis = last - 1; axis >= 0; axis--) {
      place[axis]! += 1;
      at += steps[axis]!;
      if (place[axis]! < sizes[axis]!) break;
      at -= steps[axis]! * sizes[axis]!;
      place[axis] = 0;
    }
  }
  return new Uint8Array(to.buffer);
}

function checked(recipe: Recipe, bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length !== size) throw misfit(recipe);
  return bytes;
}

function misfit({ name }: Recipe): EngineError {
  return new EngineError('checkpoint.shape', `The parts of ${name} do not make it up.`);
}
