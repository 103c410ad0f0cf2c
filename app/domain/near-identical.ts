/**
 * Which photos are the same photo for a split: same file, same pixels, perceptual hashes at most 4 of 64 bits apart, or
 * one group. The relation is closed over chains, so a cluster is everything that can be reached by such steps.
 */
import { SetUnion } from './set-union.ts';

export interface Comparable {
  readonly contentHash: string;
  /** Null for a photo that was never decoded. */
  readonly pixelHash: string | null;
  /** 16 hex digits, null for a photo that was never decoded. */
  readonly perceptualHash: string | null;
  readonly group: string | null;
}

/** Hashes this near belong to views of one photo. */
const NEAR_BITS = 4;

/** Two hashes that differ in at most 4 bits agree in at least one of 5 bands: these bits of the high and the low word. */
const bands: readonly (readonly [high: number, low: number])[] = [
  [0xfff8_0000, 0],
  [0x0007_ffc0, 0],
  [0x0000_003f, 0xfe00_0000],
  [0, 0x01ff_f000],
  [0, 0x0000_0fff],
];

/**
 * The number of every photo's cluster, 0, 1, 2... by first appearance. Throws RangeError for a perceptual hash that is
 * not 16 hex digits. Time grows with the pairs that agree in a band: about 3 million for 100,000 unrelated photos.
 */
export function clusterPhotos(photos: readonly Comparable[]): readonly number[] {
  const union = new SetUnion(photos.length);
  const firsts = new Map<string, number>();
  const joinEqual = (key: string, index: number): void => {
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, index);
    else union.join(first, index);
  };
  const distinct = new Map<string, number>();
  for (const [index, photo] of photos.entries()) {
    joinEqual(`content ${photo.contentHash}`, index);
    if (photo.pixelHash !== null) joinEqual(`pixels ${photo.pixelHash}`, index);
    if (photo.group !== null) joinEqual(`group ${photo.group}`, index);
    if (photo.perceptualHash === null) continue;
    const hash = photo.perceptualHash.toLowerCase();
    const first = distinct.get(hash);
    if (first === undefined) distinct.set(hash, index);
    else union.join(first, index);
  }
  joinNear(distinct, union);
  return union.numbers();
}

function joinNear(distinct: ReadonlyMap<string, number>, union: SetUnion): void {
  const count = distinct.size;
  const high = new Uint32Array(count);
  const low = new Uint32Array(count);
  const owner = new Uint32Array(count);
  let next = 0;
  for (const [hash, index] of distinct) {
    if (!/^[0-9a-f]{16}$/.test(hash)) throw new RangeError('A perceptual hash is 16 hexadecimal digits.');
    high[next] = Number.parseInt(hash.slice(0, 8), 16);
    low[next] = Number.parseInt(hash.slice(8), 16);
    owner[next++] = index;
  }
  const at = (words: Uint32Array, i: number): number => words[i] ?? 0;
  for (const [highMask, lowMask] of bands) {
    const buckets = new Map<number, number[]>();
    for (let i = 0; i < count; i++) {
      // The two parts of a band never share a bit position (the middle band lies at both ends of the words).
      const key = ((at(high, i) & highMask) | (at(low, i) & lowMask)) >>> 0;
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        buckets.set(key, [i]);
        continue;
      }
      for (const j of bucket) {
        const bits = setBits(at(high, i) ^ at(high, j)) + setBits(at(low, i) ^ at(low, j));
        if (bits <= NEAR_BITS) union.join(at(owner, i), at(owner, j));
      }
      bucket.push(i);
    }
  }
}

/** Number of ones among 32 bits (Hacker's Delight, figure 5-2). */
function setBits(word: number): number {
  let v = word - ((word >>> 1) & 0x5555_5555);
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
