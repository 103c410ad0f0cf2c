/**
 * The runtime's memory arena, simulated: regions that double in size, the smallest free chunk that fits, chunks split
 * where at least half is left over, and neighbours joined when they are given back. What counts is what was ever written
 * to: the system gives a page to a region when it is first touched.
 */
const GRAIN = 256;
const FIRST_REGION = 1 << 20;
const LARGEST_STEP = 1 << 30;
/** More than this is never left unused at the end of a chunk. */
const LARGEST_REST = 128 << 20;
const PAGE = 4096;

interface Chunk {
  readonly region: Region;
  readonly start: number;
  size: number;
  isFree: boolean;
}

interface Region {
  /** In the order of their addresses. */
  readonly chunks: Chunk[];
  readonly touched: Uint8Array;
}

export class Arena {
  readonly #regions: Region[] = [];
  #step = FIRST_REGION;
  #touchedPages = 0;

  /** Bytes of pages written to so far. */
  get touchedBytes(): number {
    return this.#touchedPages * PAGE;
  }

  take(bytes: number): Chunk {
    const wanted = Math.max(GRAIN, Math.ceil(bytes / GRAIN) * GRAIN);
    const chunk = this.#bestFit(wanted) ?? this.#extend(wanted);
    if (chunk.size >= 2 * wanted || chunk.size - wanted >= LARGEST_REST) this.#split(chunk, wanted);
    chunk.isFree = false;
    this.#touch(chunk, bytes);
    return chunk;
  }

  giveBack(chunk: Chunk): void {
    chunk.isFree = true;
    const { chunks } = chunk.region;
    const at = chunks.indexOf(chunk);
    const [before, after] = [chunks[at - 1], chunks[at + 1]];
    if (after?.isFree === true) {
      chunk.size += after.size;
      chunks.splice(at + 1, 1);
    }
    if (before?.isFree === true) {
      before.size += chunk.size;
      chunks.splice(at, 1);
    }
  }

  #bestFit(wanted: number): Chunk | null {
    let best: Chunk | null = null;
    for (const { chunks } of this.#regions)
      for (const chunk of chunks)
        if (chunk.isFree && chunk.size >= wanted && (best === null || chunk.size < best.size)) best = chunk;
    return best;
  }

  #extend(wanted: number): Chunk {
    const isTooSmall = wanted > this.#step;
    while (wanted > this.#step) this.#step *= 2;
    const size = this.#step;
    if (!isTooSmall) this.#step = Math.min(2 * this.#step, LARGEST_STEP);
    const region: Region = { chunks: [], touched: new Uint8Array(Math.ceil(size / PAGE)) };
    const chunk: Chunk = { region, start: 0, size, isFree: true };
    region.chunks.push(chunk);
    this.#regions.push(region);
    return chunk;
  }

  #split(chunk: Chunk, wanted: number): void {
    const { region, start, size } = chunk;
    const rest: Chunk = { region, start: start + wanted, size: size - wanted, isFree: true };
    chunk.size = wanted;
    region.chunks.splice(region.chunks.indexOf(chunk) + 1, 0, rest);
  }

  #touch({ region, start }: Chunk, bytes: number): void {
    const last = Math.ceil((start + bytes) / PAGE);
    for (let page = Math.floor(start / PAGE); page < last; page++) {
      if (region.touched[page] === 1) continue;
      region.touched[page] = 1;
      this.#touchedPages++;
    }
  }
}
