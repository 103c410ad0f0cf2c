/**
 * The header of a .npy file: the magic bytes, a version, a length, and a Python dictionary with three known keys. It is
 * read as the small part of Python's grammar that numpy writes, never evaluated.
 */
import type { DType } from '../../dtypes.ts';
import { maxHeaderBytes, maxRank } from './limits.ts';

export interface NpyHeader {
  readonly dtype: DType;
  readonly bigEndian: boolean;
  /** The first axis varies fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Bytes in front of the numbers. */
  readonly length: number;
}

/** What is wrong with a header, in half a sentence that follows the array's name. */
export class NpyProblem extends Error {
  readonly code: string;

  constructor(code: string, what: string) {
    super(what);
    this.code = code;
  }
}

/** Magic bytes, version and the longest length field. */
export const npyPrefixLength = 12;
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const kinds: ReadonlyMap<string, DType> = new Map([
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
  ['i4', 'int32'],
  ['i8', 'int64'],
  ['u1', 'uint8'],
  ['b1', 'bool'],
  // JAX writes bfloat16 as raw pairs of bytes, because numpy has no such type.
  ['V2', 'bfloat16'],
]);

/**
 * How many bytes the whole header has, from its first `npyPrefixLength` bytes (fewer where the file is shorter).
 * @throws NpyProblem
 */
export function npyHeaderLength(prefix: Uint8Array): number {
  if (magic.some((byte, i) => prefix[i] !== byte)) throw new NpyProblem('npy', 'does not begin as a .npy file.');
  const version = prefix[6];
  if (version === undefined || version < 1 || version > 3) {
    throw new NpyProblem('npy', `has version ${String(version)} of the .npy format; 1, 2 and 3 are known.`);
  }
  const field = version === 1 ? 2 : 4;
  if (prefix.length < 8 + field) throw new NpyProblem('truncated', 'ends inside its header.');
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length);
  const text = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (text > maxHeaderBytes) {
    throw new NpyProblem('header-size', `has a header of ${text} bytes, and the limit is ${maxHeaderBytes}.`);
  }
  return 8 + field + text;
}

/** `bytes`: the whole header, as long as npyHeaderLength says. @throws NpyProblem */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader {
  const start = bytes[6] === 1 ? 10 : 12;
  let text: string;
  try {
    text = new TextDecoder(bytes[6] === 3 ? 'utf-8' : 'latin1', { fatal: true }).decode(bytes.subarray(start));
  } catch {
    throw new NpyProblem('header', 'has a header that is not UTF-8.');
  }
  return { ...new HeaderReader(text).read(), length: bytes.length };
}

class HeaderReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Omit<NpyHeader, 'length'> {
    let descr: string | undefined;
    let fortranOrder: boolean | undefined;
    let shape: readonly number[] | undefined;
    this.#expect('{');
    while (!this.#take('}')) {
      const key = this.#string();
      this.#expect(':');
      if (key === 'descr' && descr === undefined) descr = this.#description();
      else if (key === 'fortran_order' && fortranOrder === undefined) fortranOrder = this.#boolean();
      else if (key === 'shape' && shape === undefined) shape = this.#shape();
      else throw new NpyProblem('header', `has the key ${JSON.stringify(key.slice(0, 40))} twice or needlessly.`);
      if (!this.#take(',')) {
        this.#expect('}');
        break;
      }
    }
    if (this.#text.slice(this.#at).trim() !== '') throw this.#grammar();
    if (descr === undefined || fortranOrder === undefined || shape === undefined) {
      throw new NpyProblem('header', 'has a header without "descr", "fortran_order" or "shape".');
    }
    return { ...numberType(descr), fortranOrder, shape };
  }

  #description(): string {
    this.#space();
    if (this.#text[this.#at] === '[') {
      throw new NpyProblem('dtype', 'holds records of several fields; a tensor is made of plain numbers.');
    }
    return this.#string();
  }

  #string(): string {
    this.#space();
    const found = /^'([^'\\]*)'|^"([^"\\]*)"/.exec(this.#text.slice(this.#at));
    if (found === null) throw this.#grammar();
    this.#at += found[0].length;
    return found[1] ?? found[2] ?? '';
  }

  #boolean(): boolean {
    this.#space();
    const found = /^(?:True|False)/.exec(this.#text.slice(this.#at))?.[0];
    if (found === undefined) throw this.#grammar();
    this.#at += found.length;
    return found === 'True';
  }

  #shape(): readonly number[] {
    const sizes: number[] = [];
    this.#expect('(');
    while (!this.#take(')')) {
      sizes.push(this.#size());
      if (sizes.length > maxRank) throw new NpyProblem('shape', `has more than ${maxRank} axes.`);
      if (!this.#take(',')) {
        this.#expect(')');
        // Without a comma it is a number in parentheses, not a tuple.
        if (sizes.length === 1) throw this.#grammar();
        break;
      }
    }
    return sizes;
  }

  #size(): number {
    this.#space();
    const digits = /^-?\d{1,40}/.exec(this.#text.slice(this.#at))?.[0];
    if (digits === undefined) throw this.#grammar();
    this.#at += digits.length;
    // Python 2 wrote long integers with a letter.
    if (this.#text[this.#at] === 'L') this.#at += 1;
    const size = Number(digits);
    if (size < 0) throw new NpyProblem('shape', `has a shape with the negative number ${digits}.`);
    if (!Number.isSafeInteger(size)) throw new NpyProblem('shape', `has a shape with ${digits}, beyond 2^53.`);
    return size;
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw this.#grammar();
  }

  #grammar(): NpyProblem {
    return new NpyProblem('header', `has a header that is no Python dictionary (at character ${this.#at}).`);
  }
}

function numberType(descr: string): Pick<NpyHeader, 'dtype' | 'bigEndian'> {
  const order = /^[<>|=]/.exec(descr)?.[0] ?? '';
  const kind = descr.slice(order.length);
  if (kind.startsWith('O')) {
    throw new NpyProblem(
      'pickle',
      'holds Python objects, which can run programs when they are read; it was not opened.',
    );
  }
  const dtype = kind === 'bfloat16' ? 'bfloat16' : kinds.get(kind);
  if (dtype === undefined) {
    const known = 'float16, float32, float64, bfloat16 and whole numbers';
    throw new NpyProblem('dtype', `holds numbers of type ${JSON.stringify(descr.slice(0, 40))}; known are ${known}.`);
  }
  return { dtype, bigEndian: order === '>' };
}
