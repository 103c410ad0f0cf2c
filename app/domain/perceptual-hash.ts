/** Perceptual hashes as they are stored: 64 bits written as 16 hexadecimal digits. */

const pattern = /^[0-9a-f]{16}$/i;

/**
 * Number of differing bits, 0..64. Two views of one photo (resized, saved again) differ in a few bits, unrelated photos
 * in about 32. Throws RangeError when an argument is not 16 hexadecimal digits.
 */
export function hammingDistance(a: string, b: string): number {
  if (!pattern.test(a) || !pattern.test(b)) throw new RangeError('A perceptual hash is 16 hexadecimal digits.');
  return differingBits(a.slice(0, 8), b.slice(0, 8)) + differingBits(a.slice(8), b.slice(8));
}

function differingBits(a: string, b: string): number {
  let bits = Number.parseInt(a, 16) ^ Number.parseInt(b, 16);
  let count = 0;
  while (bits !== 0) {
    bits &= bits - 1;
    count++;
  }
  return count;
}
