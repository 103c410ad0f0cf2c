import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Comparable } from './near-identical.ts';
import { clusterPhotos } from './near-identical.ts';
import { hammingDistance } from './perceptual-hash.ts';

let serial = 0;
function photo(perceptualHash: string | null, more: Partial<Comparable> = {}): Comparable {
  return { contentHash: `content-${serial++}`, pixelHash: null, perceptualHash, group: null, ...more };
}

/** Flips the given bits of a hash of 16 hex digits. */
function flipped(hash: string, bits: readonly number[]): string {
  let value = BigInt(`0x${hash}`);
  for (const bit of bits) value ^= 1n << BigInt(bit);
  return value.toString(16).padStart(16, '0');
}

const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => value.toString(16).padStart(16, '0'));

describe('clusterPhotos', () => {
  it('joins the same file, the same pixels and the same group, and leaves strangers apart', () => {
    const clusters = clusterPhotos([
      photo('0000000000000000', { contentHash: 'same' }),
      photo('ffffffffffffffff', { contentHash: 'same' }),
      photo('00000000ffffffff', { pixelHash: 'p' }),
      photo('ffffffff00000000', { pixelHash: 'p' }),
      photo(null, { group: 'patient 1' }),
      photo('0f0f0f0f0f0f0f0f', { group: 'patient 1' }),
      photo('f0f0f0f0f0f0f0f0', { group: 'patient 2' }),
    ]);
    expect(clusters).toEqual([0, 0, 1, 1, 2, 2, 3]);
  });

  it('does not take a group for a pixel hash of the same name', () => {
    expect(clusterPhotos([photo(null, { pixelHash: 'x' }), photo(null, { group: 'x' })])).toEqual([0, 1]);
  });

  it('joins any two hashes at most 4 bits apart and no two that are 5 apart', () => {
    fc.assert(
      fc.property(hash, fc.uniqueArray(fc.nat(63), { minLength: 1, maxLength: 5 }), (start, bits) => {
        const [a, b] = clusterPhotos([photo(start), photo(flipped(start, bits))]);
        expect(a === b).toBe(bits.length <= 4);
      }),
      { numRuns: 2000 },
    );
  });

  it('follows chains: a to b to c is one photo though a and c are far apart', () => {
    const a = '0000000000000000';
    const b = flipped(a, [0, 1, 2, 3]);
    const c = flipped(b, [60, 61, 62, 63]);
    expect(clusterPhotos([photo(a), photo(c)])).toEqual([0, 1]);
    expect(clusterPhotos([photo(a), photo(c), photo(b)])).toEqual([0, 0, 0]);
  });

  it('agrees with comparing every pair', () => {
    const family = fc
      .tuple(hash, fc.array(fc.uniqueArray(fc.nat(63), { maxLength: 6 }), { maxLength: 6 }))
      .map(([start, changes]) => [start, ...changes.map((bits) => flipped(start, bits))]);
    fc.assert(
      fc.property(fc.array(family, { maxLength: 8 }), (families) => {
        const hashes = families.flat();
        const clusters = clusterPhotos(hashes.map((h) => photo(h)));
        const slow = hashes.map((_, i) => i);
        for (let changed = true; changed;) {
          changed = false;
          hashes.forEach((a, i) =>
            hashes.forEach((b, j) => {
              if (hammingDistance(a, b) > 4 || slow[i] === slow[j]) return;
              slow[i] = slow[j] = Math.min(slow[i]!, slow[j]!);
              changed = true;
            }),
          );
        }
        hashes.forEach((_, i) =>
          hashes.forEach((__, j) => expect(clusters[i] === clusters[j]).toBe(slow[i] === slow[j])),
        );
      }),
    );
  });

  it('refuses a hash that is not 16 hex digits', () => {
    expect(() => clusterPhotos([photo('12')])).toThrow(RangeError);
  });

  it('gets through 100,000 photos, a tenth of them exact copies', { timeout: 60_000 }, () => {
    let state = 12_345;
    const word = (): string => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const high = state;
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return ((BigInt(high) << 32n) | BigInt(state)).toString(16).padStart(16, '0');
    };
    const hashes = Array.from({ length: 90_000 }, word);
    const photos = [...hashes, ...hashes.slice(0, 10_000)].map((h) => photo(h));
    const clusters = clusterPhotos(photos);
    for (let i = 0; i < 10_000; i++) expect(clusters[90_000 + i]).toBe(clusters[i]);
  });
});
