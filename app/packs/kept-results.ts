/** Results that can be had again: the last few are kept, until the program ends. */
import { AppError } from '../domain/errors.ts';

const KEPT = 5;

export interface KeptResults<T> {
  /** `make` gets the number by which they are asked for. */
  add(make: (number: number) => T): T;
  /** Throws `packs.found-gone`. */
  get(number: number): T;
}

export function keptResults<T>(): KeptResults<T> {
  const sets = new Map<number, T>();
  let last = 0;
  return {
    add: (make) => {
      const set = make(++last);
      sets.set(last, set);
      for (const oldest of [...sets.keys()].slice(0, Math.max(0, sets.size - KEPT))) sets.delete(oldest);
      return set;
    },
    get: (number) => {
      const set = sets.get(number);
      if (set === undefined) throw resultsGone(number);
      // What was looked at last goes last.
      sets.delete(number);
      sets.set(number, set);
      return set;
    },
  };
}

export function resultsGone(found: number): AppError {
  return new AppError(
    'packs.found-gone',
    'These results are not kept any more: only the last few are, until the program ends. Apply the pack to the photos again.',
    { data: { found } },
  );
}
