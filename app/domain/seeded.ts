/**
 * Repeatable chance without state: a number that follows from a seed and a key alone. What one photo draws does not
 * depend on which others are there, so a few more photos leave most of an earlier draw as it was.
 */

/** Uniform in [0, 1). MurmurHash3's 32-bit mixing over the UTF-16 units of `key`, twice for 53 bits. */
export function seededUniform(seed: number, key: string): number {
  const high = mixed(seed, key) >>> 5;
  const low = mixed(seed ^ 0x5bd1_e995, key) >>> 6;
  return (high * 67_108_864 + low) / 9_007_199_254_740_992;
}

function mixed(seed: number, key: string): number {
  let h = Math.imul(seed, 0x9e37_79b1) ^ Math.imul(Math.floor(seed / 4_294_967_296), 0x85eb_ca6b);
  for (let i = 0; i < key.length; i++) {
    let k = Math.imul(key.charCodeAt(i), 0xcc9e_2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b87_3593);
    h ^= k;
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe654_6b64) | 0;
  }
  h ^= key.length;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return h ^ (h >>> 16);
}
