/** What the fuzzing process and the one that watches it tell each other, by arguments and messages. */

export interface Job {
  /** The target as one CommonJS module with probes. */
  readonly bundle: string;
  readonly places: number;
  readonly words: readonly string[];
  /** Inputs to begin with; those that reach something new are added. */
  readonly corpus: string;
  readonly findings: string;
  /** The input that is being tried, readable after the process died: its length in 4 bytes, then its bytes. */
  readonly current: string;
  readonly seed: number;
  /** Of computing. */
  readonly seconds: number;
}

export interface Progress {
  readonly runs: number;
  readonly covered: number;
  readonly corpus: number;
  /** Names of the files that were left so far. */
  readonly findings: readonly string[];
  /** Of computing, so far. */
  readonly seconds: number;
  readonly over: boolean;
}

/** Seconds of computing that an input may take. */
export const SLOW_SECONDS = 1;
/** Resident memory of the process at most, with everything that it needs itself. */
export const MEMORY_MB = 512;
