/** Limits how much work is under way at once. Whoever waits is served in the order of asking. */
export class Turns {
  #free: number;
  readonly #capacity: number;
  readonly #waiting: { weight: number; go: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /** Runs `work` once `weight` of the capacity is free. What weighs more than the whole capacity runs alone. */
  async take<T>(weight: number, work: () => Promise<T>): Promise<T> {
    const counted = Math.min(weight, this.#capacity);
    await new Promise<void>((go) => {
      this.#waiting.push({ weight: counted, go });
      this.#serve();
    });
    try {
      return await work();
    } finally {
      this.#free += counted;
      this.#serve();
    }
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next && next.weight <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.weight;
      next.go();
    }
  }
}
