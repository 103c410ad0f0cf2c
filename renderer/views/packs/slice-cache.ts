/** Rows of a long list, read in slices of a fixed size; what arrives after `clear` is dropped. */
export class SliceCache<Row> {
  readonly #size: number;
  readonly #read: (from: number, to: number) => Promise<readonly Row[]>;
  #slices = new Map<number, { rows: readonly Row[] | null }>();

  constructor(size: number, read: (from: number, to: number) => Promise<readonly Row[]>) {
    this.#size = size;
    this.#read = read;
  }

  at(index: number): Row | null {
    const slice = this.#slices.get(Math.floor(index / this.#size));
    return slice?.rows?.[index % this.#size] ?? null;
  }

  clear(): void {
    this.#slices = new Map();
  }

  /** Reads what of `from` to `to` (exclusive) is missing; true where something new came. A failed slice can be asked for again. */
  async load(from: number, to: number): Promise<boolean> {
    const mine = this.#slices;
    const missing: Promise<void>[] = [];
    for (let number = Math.floor(from / this.#size); number * this.#size < to; number++) {
      if (mine.has(number)) continue;
      const first = number * this.#size;
      const slice: { rows: readonly Row[] | null } = { rows: null };
      mine.set(number, slice);
      const reading = this.#read(first, first + this.#size).then(
        (rows) => {
          slice.rows = rows;
        },
        (error: unknown) => {
          mine.delete(number);
          throw error;
        },
      );
      missing.push(reading);
    }
    await Promise.all(missing);
    return missing.length > 0 && mine === this.#slices;
  }
}
