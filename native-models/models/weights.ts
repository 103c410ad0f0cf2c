/** Frozen weights as external data of a graph: every tensor, or a range of its rows, points into the checkpoint file. */
import type { DType } from '../dtypes.ts';
import { EngineError } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Shape, Value } from '../graph/types.ts';
import { dim, elementCount, sameShape } from '../graph/types.ts';
import { castToFloat32 } from '../ops/cast.ts';

export interface WeightTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Bytes from the start of the file. */
  readonly start: number;
  readonly end: number;
}

export interface WeightFile {
  /** Folder and file name apart: the runtime resolves names inside one folder. */
  readonly folder: string;
  readonly file: string;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** What stands before every name, such as `backbone.`. */
  readonly prefix: string;
}

export interface WeightRequest {
  /** The tensor's shape in the checkpoint. */
  readonly shape: Shape;
  /** First row and number of rows along the first axis. */
  readonly rows?: readonly [number, number];
  /** The same values under another shape. */
  readonly view?: Shape;
}

export class Weights {
  readonly #b: GraphBuilder;
  readonly #file: WeightFile;
  readonly #made = new Map<string, Value>();

  constructor(b: GraphBuilder, file: WeightFile) {
    this.#b = b;
    this.#file = file;
  }

  has(name: string): boolean {
    return this.#file.tensors.has(this.#file.prefix + name);
  }

  /** A float32 value; half-precision tensors are widened by the runtime. Throws `model.weights` for a missing or mis-shaped tensor. */
  get(name: string, { shape, rows, view }: WeightRequest): Value {
    const tensor = this.#file.tensors.get(this.#file.prefix + name);
    if (tensor === undefined)
      throw new EngineError('model.weights', `${this.#file.file} has no tensor ${name}.`, { data: { tensor: name } });
    if (!sameShape(tensor.shape, shape)) {
      throw new EngineError(
        'model.weights',
        `Tensor ${name} in ${this.#file.file} has shape [${tensor.shape.join(', ')}], expected [${shape.join(', ')}].`,
        { data: { tensor: name } },
      );
    }
    const [firstRow, rowCount] = rows ?? [0, dim(shape, 0)];
    const part: Shape = [rowCount, ...shape.slice(1)];
    const label = rows === undefined ? name : `${name}[${firstRow}:${firstRow + rowCount}]`;
    const known = this.#made.get(label);
    if (known !== undefined) return known;
    const rowBytes = (tensor.end - tensor.start) / dim(shape, 0);
    const stored = this.#b.weight(label, view ?? part, tensor.dtype, {
      location: this.#file.file,
      offset: tensor.start + firstRow * rowBytes,
      length: rowCount * rowBytes,
    });
    if (elementCount(stored.shape) !== elementCount(part)) {
      throw new EngineError('model.weights', `Tensor ${label} does not fit the view [${stored.shape.join(', ')}].`);
    }
    const value = castToFloat32(this.#b, stored);
    this.#made.set(label, value);
    return value;
  }
}
