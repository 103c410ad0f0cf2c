/** How long calls took, each counted from the moment at which it was due: a call that had to wait for another one waited. */
export interface Latencies {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
}

export class Times {
  readonly #milliseconds: number[] = [];

  add(milliseconds: number): void {
    this.#milliseconds.push(milliseconds);
  }

  summary(): Latencies {
    const sorted = Float64Array.from(this.#milliseconds).sort();
    const at = (share: number): number =>
      Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1));
    return { count: sorted.length, median: at(0.5), p99: at(0.99), worst: at(1) };
  }
}

/**
 * Does `work` every `every` milliseconds until `until` (of `performance.now()`), whether or not earlier ones have come to
 * their end, and gives the time of each to `times`. Rejects with the first that fails.
 */
export async function regularly(
  every: number,
  until: number,
  times: Times,
  work: (at: number) => Promise<void>,
): Promise<void> {
  const start = performance.now();
  const going = new Set<Promise<void>>();
  for (let at = 0; ; at++) {
    const due = start + at * every;
    if (due >= until) break;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const one = work(at).then(() => {
      times.add(performance.now() - due);
      going.delete(one);
    });
    going.add(one);
    // Whoever fails ends it all, at the latest with the next one that is due.
    if (going.size > 1000) await Promise.race(going);
    one.catch(() => undefined);
    await failed(going);
  }
  await Promise.all(going);
}

/** Rejects where one of them has; does not wait. */
async function failed(going: ReadonlySet<Promise<void>>): Promise<void> {
  await Promise.race([...going, Promise.resolve()]);
}
