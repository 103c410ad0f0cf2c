/** Disjoint sets over the numbers 0..size-1: joined two at a time, read out as one number a set. */
export class SetUnion {
  readonly #parent: Uint32Array;

  constructor(size: number) {
    this.#parent = Uint32Array.from({ length: size }, (_, i) => i);
  }

  join(a: number, b: number): void {
    const [first, second] = [this.#root(a), this.#root(b)];
    // The smaller number stays the root, so the outcome does not depend on the order of joining.
    if (first < second) this.#parent[second] = first;
    else this.#parent[first] = second;
  }

  /** For every member the number of its set, 0, 1, 2... by first appearance. */
  numbers(): readonly number[] {
    const known = new Map<number, number>();
    return Array.from(this.#parent, (_, i) => {
      const root = this.#root(i);
      const number = known.get(root) ?? known.size;
      known.set(root, number);
      return number;
    });
  }

  #root(member: number): number {
    let at = member;
    for (;;) {
      const parent = this.#parent[at] ?? at;
      if (parent === at) return at;
      // Halving the path keeps trees shallow without a second pass.
      const grandparent = this.#parent[parent] ?? parent;
      this.#parent[at] = grandparent;
      at = grandparent;
    }
  }
}
