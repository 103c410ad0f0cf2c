/** Frozen weights as external data of a graph: every tensor, or a range of its rows, points into the checkpoint file. */
import type { DType } from '../dtypes.ts';
import { EngineError } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Shape, StoredTensor, Value } from '../graph/types.ts';
import { dim, elementCount, sameShape } from '../graph/types.ts';
import { castToFloat32 } from '../ops/cast.ts';
import type { QuantisedMatrix } from '../ops/quantised-linear.ts';

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
  readonly #quantised = new Map<string, QuantisedMatrix>();

  constructor(b: GraphBuilder, file: WeightFile) {
    this.#b = b;
    this.#file = file;
  }

  /**
   * A matrix that the file has in 8 bits, or null where it has it as numbers. Throws `model.weights` for one of another shape.
   */
  quantised(name: string, { shape, rows }: WeightRequest): QuantisedMatrix | null {
    const label = partLabel(name, rows);
    const codes = this.#file.tensors.get(`${this.#file.prefix}${label}.codes`);
    if (codes === undefined) return null;
    const known = this.#quantised.get(label);
    if (known !== undefined) return known;
    const [wanted, columns] = [rows?.[1] ?? dim(shape, 0), dim(shape, 1)];
    if (dim(codes.shape, 0) !== wanted || dim(codes.shape, 1) * dim(codes.shape, 2) !== columns)
      throw this.#misShaped(`${label}.codes`, codes.shape, [wanted, columns]);
    const [own, scales] = [this.#stored(`${label}.codes`), this.#stored(`${label}.scales`)];
    // A file that is for evaluation alone has none.
    const transposed = this.has(`${label}.transposed.codes`)
      ? {
          codes: this.#stored(`${label}.transposed.codes`),
          scales: this.#stored(`${label}.transposed.scales`),
        }
      : undefined;
    const made = {
      codes: this.#b.weight(own.name, own.shape, 'uint8', own.data, transposed),
      scales: this.#b.weight(scales.name, scales.shape, 'float32', scales.data),
    };
    this.#quantised.set(label, made);
    return made;
  }

  #stored(name: string): StoredTensor {
    const { shape, start, end } = this.#tensor(name);
    return { name, shape, data: { location: this.#file.file, offset: start, length: end - start } };
  }

  has(name: string): boolean {
    return this.#file.tensors.has(this.#file.prefix + name);
  }

  /** A float32 value; half-precision tensors are widened by the runtime. Throws `model.weights` for a missing or mis-shaped tensor. */
  get(name: string, { shape, rows, view }: WeightRequest): Value {
    const tensor = this.#tensor(name);
    if (!sameShape(tensor.shape, shape)) throw this.#misShaped(name, tensor.shape, shape);
    const [firstRow, rowCount] = rows ?? [0, dim(shape, 0)];
    const part: Shape = [rowCount, ...shape.slice(1)];
    const label = partLabel(name, rows);
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

  #tensor(name: string): WeightTensor {
    const tensor = this.#file.tensors.get(this.#file.prefix + name);
    if (tensor === undefined)
      throw new EngineError('model.weights', `${this.#file.file} has no tensor ${name}.`, { data: { tensor: name } });
    return tensor;
  }

  #misShaped(name: string, shape: Shape, expected: Shape): EngineError {
    return new EngineError(
      'model.weights',
      `Tensor ${name} in ${this.#file.file} has shape [${shape.join(', ')}], expected [${expected.join(', ')}].`,
      { data: { tensor: name } },
    );
  }
}

/** What a tensor, or a range of its rows (first, count), is called. */
export function partLabel(name: string, rows: readonly [number, number] | undefined): string {
  return rows === undefined ? name : `${name}[${rows[0]}:${rows[0] + rows[1]}]`;
}
