/**
 * The loop: an input that is known to reach something is changed and tried; where it reaches what none did before, it is kept
 * and changed further. One input at a time, in the process that has the code.
 */
import type { Comparison } from './mutate.ts';
import { mutate } from './mutate.ts';
import type { Probes } from './probes.ts';
import type { Random } from './random.ts';

export interface Loop {
  /** Tries an input as it is, and keeps it where it reaches something new. Throws what the target throws. */
  readonly attempt: (input: Buffer) => Promise<boolean>;
  /** An input that may reach something new. */
  readonly next: () => Buffer;
  readonly corpus: readonly Buffer[];
  /** Places that any input passed. */
  readonly covered: () => number;
}

export interface LoopOptions {
  readonly target: (bytes: Uint8Array) => void | Promise<void>;
  readonly probes: RecordingProbes;
  readonly words: readonly string[];
  readonly random: Random;
}

export interface RecordingProbes extends Probes {
  readonly comparisons: Comparison[];
}

const PAIRS = 256;
const LONGEST_SIDE = 64;

/** Remembers the last comparisons that failed. */
export function recordingProbes(places: number): RecordingProbes {
  const comparisons: Comparison[] = [];
  let at = 0;
  return {
    hits: new Uint8Array(places),
    comparisons,
    same: (left, right) => {
      if (left === right) return true;
      if (
        (typeof left === 'number' && typeof right === 'number') ||
        (typeof left === 'string' &&
          typeof right === 'string' &&
          left.length <= LONGEST_SIDE &&
          right.length <= LONGEST_SIDE)
      ) {
        comparisons[at] = [left, right];
        at = (at + 1) % PAIRS;
      }
      return false;
    },
  };
}

export function fuzzingLoop({ target, probes, words, random }: LoopOptions): Loop {
  const { hits } = probes;
  /** For each place a bit for each order of magnitude of times that some input passed it. */
  const known = new Uint8Array(hits.length);
  const corpus: Buffer[] = [];
  return {
    corpus,
    covered: () => known.reduce((count, bits) => count + (bits === 0 ? 0 : 1), 0),
    attempt: async (input) => {
      hits.fill(0);
      let fresh = false;
      try {
        const going = target(input);
        if (going !== undefined) await going;
      } finally {
        for (let place = 0; place < hits.length; place++) {
          const times = hits[place] ?? 0;
          if (times === 0) continue;
          const bit = 1 << magnitude(times);
          if (((known[place] ?? 0) & bit) !== 0) continue;
          known[place] = (known[place] ?? 0) | bit;
          fresh = true;
        }
      }
      if (fresh) corpus.push(Buffer.from(input));
      return fresh;
    },
    next: () => {
      // What was found last has been changed the least, and what is small is tried the quickest.
      const newest = corpus.slice(-Math.ceil(corpus.length / 4));
      const one = random.of(random.below(2) === 0 ? newest : corpus);
      const other = random.of(corpus);
      const parent = one.length <= other.length ? one : random.below(4) === 0 ? one : other;
      return mutate(parent, { words, comparisons: probes.comparisons, others: corpus }, random);
    },
  };
}

/** 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more: a loop that turns more often is news, one turn more is not. */
function magnitude(times: number): number {
  if (times < 4) return times - 1;
  if (times < 8) return 3;
  if (times < 16) return 4;
  if (times < 32) return 5;
  return times < 128 ? 6 : 7;
}
