/**
 * Reads the JSON of a header, and only the JSON that a header may hold. JSON.parse would hide a name that occurs twice
 * (the last one wins) and build whatever a hostile file describes; this reader has a fixed depth, keeps names in maps,
 * and stops at the first thing that does not belong. What the numbers mean together is checked in layout.ts.
 */
import { maxEntries, maxRank } from './limits.ts';
import { problem, shown, tensorProblem } from './problem.ts';

export interface HeaderTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, HeaderTensor>;
}

const number = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/;
/** Longer than any safe integer. */
const maxDigits = 32;

export function parseHeader(path: string, text: string): Header {
  return new HeaderReader(path, text).read();
}

class HeaderReader {
  readonly #path: string;
  readonly #text: string;
  #at = 0;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  read(): Header {
    let metadata: ReadonlyMap<string, string> | undefined;
    const tensors = new Map<string, HeaderTensor>();
    // Space may follow the object, never precede it: the ninth byte of the file is always a brace.
    if (!this.#text.startsWith('{')) throw this.#json("it does not begin with '{'");
    this.#object((name) => {
      if (name === '__metadata__') {
        if (metadata !== undefined) throw this.#duplicate(name, 'the header');
        metadata = this.#metadata();
        return;
      }
      if (tensors.has(name)) throw this.#duplicate(name, 'the header');
      if (tensors.size === maxEntries) {
        throw problem(this.#path, 'too-many', `it lists more than ${maxEntries} tensors.`);
      }
      tensors.set(name, this.#tensor(name));
    });
    this.#space();
    if (this.#at < this.#text.length) throw this.#json('something follows its closing brace');
    return { metadata: metadata ?? new Map<string, string>(), tensors };
  }

  #metadata(): ReadonlyMap<string, string> {
    const metadata = new Map<string, string>();
    if (this.#peek() !== '{') throw problem(this.#path, 'metadata', 'its metadata is not an object.');
    this.#object((key) => {
      if (metadata.has(key)) throw this.#duplicate(key, 'the metadata');
      if (metadata.size === maxEntries) {
        throw problem(this.#path, 'too-many', `its metadata has more than ${maxEntries} entries.`);
      }
      if (this.#peek() !== '"') {
        throw problem(this.#path, 'metadata', `the value of ${shown(key)} in its metadata is not a string.`);
      }
      metadata.set(key, this.#string());
    });
    return metadata;
  }

  #tensor(name: string): HeaderTensor {
    let dtype: string | undefined;
    let shape: readonly number[] | undefined;
    let offsets: readonly number[] | undefined;
    if (this.#peek() !== '{') throw tensorProblem(this.#path, name, 'field', 'is not described by an object.');
    this.#object((field) => {
      switch (field) {
        case 'dtype':
          if (dtype !== undefined) throw this.#duplicate(field, `tensor ${shown(name)}`);
          if (this.#peek() !== '"') throw tensorProblem(this.#path, name, 'dtype', 'has a dtype that is not a string.');
          dtype = this.#string();
          break;
        case 'shape':
          if (shape !== undefined) throw this.#duplicate(field, `tensor ${shown(name)}`);
          shape = this.#integers(name, 'shape', maxRank, 'shape');
          break;
        case 'data_offsets':
          if (offsets !== undefined) throw this.#duplicate(field, `tensor ${shown(name)}`);
          offsets = this.#integers(name, 'data_offsets', 2, 'offsets');
          break;
        default:
          throw tensorProblem(
            this.#path,
            name,
            'field',
            `has a field ${shown(field)}, which the format does not know.`,
          );
      }
    });
    if (dtype === undefined) throw this.#missing(name, 'dtype');
    if (shape === undefined) throw this.#missing(name, 'shape');
    if (offsets === undefined) throw this.#missing(name, 'data_offsets');
    const [begin, end] = offsets;
    if (begin === undefined || end === undefined) {
      throw tensorProblem(this.#path, name, 'offsets', `has ${offsets.length} data_offsets instead of 2.`);
    }
    return { dtype, shape, begin, end };
  }

  #integers(tensor: string, field: string, most: number, code: string): number[] {
    const values: number[] = [];
    if (this.#peek() !== '[') throw tensorProblem(this.#path, tensor, code, `has a ${field} that is not a list.`);
    this.#list(']', () => {
      if (values.length === most) {
        throw tensorProblem(this.#path, tensor, code, `has a ${field} of more than ${most} numbers.`);
      }
      values.push(this.#size(tensor, field, code));
    });
    return values;
  }

  #size(tensor: string, field: string, code: string): number {
    const start = this.#at;
    let at = start;
    let value = 0;
    // Up to 2^53 the sum is exact, and beyond it stays beyond; so the loop may stop there.
    for (; value <= Number.MAX_SAFE_INTEGER; at++) {
      const digit = this.#text.charCodeAt(at) - 0x30;
      // NaN, behind the end of the text, fails the comparison too.
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const whole = at > start && Number.isSafeInteger(value) && !/[.eE]/.test(this.#text.charAt(at));
    if (!whole) throw this.#notASize(tensor, field, code);
    if (at - start > 1 && this.#text[start] === '0') throw this.#json('a number begins with a zero');
    this.#at = at;
    return value;
  }

  #notASize(tensor: string, field: string, code: string): Error {
    // The window bounds what a message repeats of a number of a million digits.
    const token = number.exec(this.#text.slice(this.#at, this.#at + maxDigits))?.[0];
    const what =
      token === undefined
        ? 'something that is not a number'
        : token.startsWith('-')
          ? `the negative number ${token}`
          : `${token}, which is not an integer below 2^53`;
    return tensorProblem(this.#path, tensor, code, `has a ${field} with ${what}.`);
  }

  /** `member` is called behind each colon and must consume the value. */
  #object(member: (key: string) => void): void {
    this.#list('}', () => {
      if (this.#peek() !== '"') throw this.#json('a name in double quotes is missing');
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') throw this.#json(`a colon is missing behind ${shown(key)}`);
      this.#at += 1;
      this.#space();
      member(key);
    });
  }

  /** Consumes an opening bracket, items separated by commas, and `close`. */
  #list(close: ']' | '}', item: () => void): void {
    this.#at += 1;
    if (this.#peek() === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#space();
      item();
      const next = this.#peek();
      this.#at += 1;
      if (next === close) return;
      if (next !== ',') {
        this.#at -= 1;
        throw this.#json(next === undefined ? 'it ends too early' : `',' or '${close}' is missing`);
      }
    }
  }

  #string(): string {
    const open = this.#at;
    let escaped = false;
    let at = open + 1;
    for (;;) {
      const code = this.#text.charCodeAt(at);
      if (Number.isNaN(code)) throw this.#json('a string has no end');
      if (code < 0x20) throw this.#json('a string holds a control character');
      if (code === 0x22) break;
      if (code === 0x5c) {
        escaped = true;
        at += 1;
      }
      at += 1;
    }
    this.#at = at + 1;
    if (!escaped) return this.#text.slice(open + 1, at);
    let value: unknown;
    try {
      value = JSON.parse(this.#text.slice(open, at + 1));
    } catch {
      this.#at = open;
      throw this.#json('a string holds an escape that JSON does not know');
    }
    if (typeof value !== 'string' || !value.isWellFormed()) {
      this.#at = open;
      throw this.#json('a string holds half of a surrogate pair');
    }
    return value;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #peek(): string | undefined {
    this.#space();
    return this.#text[this.#at];
  }

  #json(what: string): Error {
    return problem(this.#path, 'json', `its header is not valid at character ${this.#at}: ${what}.`);
  }

  #duplicate(name: string, where: string): Error {
    return problem(this.#path, 'duplicate-key', `the name ${shown(name)} occurs twice in ${where}.`);
  }

  #missing(tensor: string, field: string): Error {
    return tensorProblem(this.#path, tensor, 'field', `has no ${field}.`);
  }
}
