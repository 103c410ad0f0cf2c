/** Slices that are kept; those that were looked at longest ago go first. */
const KEPT = 200;

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

  /** Every row that is known now. */
  *known(): Generator<Row> {
    for (const { rows } of this.#slices.values()) if (rows !== null) yield* rows;
  }

  /** Puts another row in the place of each known one. */
  change(change: (row: Row) => Row): void {
    for (const slice of this.#slices.values()) if (slice.rows !== null) slice.rows = slice.rows.map(change);
  }

  /** The first rows came by another way. */
  begin(rows: readonly Row[]): void {
    for (let first = 0; first < rows.length; first += this.#size) {
      this.#slices.set(first / this.#size, { rows: rows.slice(first, first + this.#size) });
    }
  }

  clear(): void {
    this.#slices = new Map();
  }

  /** Reads again what is known of `from` to `to`; the old rows stay until the new ones are there. */
  async refresh(from: number, to: number): Promise<boolean> {
    const mine = this.#slices;
    const known = [...mine].filter(([number]) => number * this.#size < to && (number + 1) * this.#size > from);
    // Slices that are out of sight are read when they are wanted again.
    for (const number of mine.keys()) if (!known.some(([one]) => one === number)) mine.delete(number);
    await Promise.all(
      known.map(async ([number, slice]) => {
        slice.rows = await this.#read(number * this.#size, (number + 1) * this.#size);
      }),
    );
    return mine === this.#slices;
  }

  /** Reads what of `from` to `to` (exclusive) is missing; true where something new came. A failed slice can be asked for again. */
  async load(from: number, to: number): Promise<boolean> {
    const mine = this.#slices;
    const missing: Promise<void>[] = [];
    for (let number = Math.floor(from / this.#size); number * this.#size < to; number++) {
      const there = mine.get(number);
      if (there !== undefined) {
        // Looked at last: dropped last.
        mine.delete(number);
        mine.set(number, there);
        continue;
      }
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
    for (const number of mine.keys()) if (mine.size > KEPT) mine.delete(number);
    await Promise.all(missing);
    return missing.length > 0 && mine === this.#slices;
  }
}
