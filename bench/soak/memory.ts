/** Resident memory of the core and of each engine below it, as Linux tells it. */
import { readFileSync } from 'node:fs';
import { enginesOf } from '../../e2e/harness/processes.ts';

export interface Sample {
  /** Seconds since the beginning. */
  readonly at: number;
  readonly coreMiB: number;
  /** By process. */
  readonly engines: readonly { readonly pid: number; readonly mib: number }[];
}

export class MemoryWatch {
  readonly samples: Sample[] = [];
  readonly #core: number;
  readonly #from = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(core: number, every: number) {
    this.#core = core;
    this.#timer = setInterval(() => this.#look(), every);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const core = residentMiB(this.#core);
    if (core === null) return;
    const engines = enginesOf(this.#core).flatMap(({ pid }) => {
      const mib = residentMiB(pid);
      return mib === null ? [] : [{ pid, mib }];
    });
    this.samples.push({ at: Math.round((performance.now() - this.#from) / 1000), coreMiB: core, engines });
  }
}

function residentMiB(pid: number): number | null {
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line === null ? null : Math.round(Number(line[1]) / 102.4) / 10;
  } catch {
    // It has just ended.
    return null;
  }
}

/** Medians of each minute, and how far they lie apart: what the garbage collector does within a minute is no leak. */
export function steadiness(samples: readonly Sample[]): {
  readonly minutes: readonly number[];
  readonly spread: number;
} {
  const byMinute = Map.groupBy(samples, ({ at }) => Math.floor(at / 60));
  const minutes = [...byMinute.values()].map((some) => {
    const sorted = some.map(({ coreMiB }) => coreMiB).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  });
  const [least, most] = [Math.min(...minutes), Math.max(...minutes)];
  return { minutes, spread: Number(((most - least) / least).toFixed(4)) };
}

/** The most that each engine process took, in the order in which they came. */
export function peaksOf(samples: readonly Sample[]): readonly number[] {
  const peaks = new Map<number, number>();
  for (const { engines } of samples) {
    for (const { pid, mib } of engines) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, mib));
  }
  return [...peaks.values()];
}
