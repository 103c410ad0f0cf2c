/**
 * Reproducible randomness without state to keep: a generator is derived from the run's seed and a purpose (epoch, photo,
 * block), so that a run which resumes draws what it would have drawn. SplitMix32 seeds xoshiro128** (Blackman, Vigna).
 */
export type RandomPurpose = readonly (string | number)[];

export class Random {
  readonly #state: Uint32Array;

  constructor(seed: number, purpose: RandomPurpose) {
    let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.floor(seed / 2 ** 32);
    for (const character of purpose.join('/')) mixed = Math.imul(mixed ^ character.charCodeAt(0), 0x01000193);
    const next = (): number => {
      mixed = (mixed + 0x9e3779b9) | 0;
      let z = mixed;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) >>> 0;
    };
    this.#state = Uint32Array.of(next(), next(), next(), next());
  }

  /** 32 random bits. */
  bits(): number {
    const s = this.#state;
    const [s0, s1, s2, s3] = [s[0]!, s[1]!, s[2]!, s[3]!];
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const c2 = s2 ^ s0;
    const c3 = s3 ^ s1;
    s[1] = s1 ^ c2;
    s[0] = s0 ^ c3;
    s[2] = c2 ^ (s1 << 9);
    s[3] = (c3 << 11) | (c3 >>> 21);
    return result;
  }

  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number {
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
  }

  /** Whole number in [0, below). */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A permutation of 0..count-1 (Fisher and Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }
}
