/**
 * A window in a browser names folders and files of the machine on which the core runs. Whatever procedure it asks, they lie
 * in the folders that the server was started for.
 */
import type { Roots } from '../browse.ts';
import type { CallInterceptor } from './errors.ts';

/** The inputs of the contract that name something to be read. */
const NAMED = ['folder', 'file', 'to'] as const;

/** For a handler's `clientInterceptors`. Throws what `Roots.inside` throws. */
export function insideRoots(roots: Roots): CallInterceptor {
  return async ({ input, next }) => {
    for (const path of placesIn(input)) await roots.inside(path);
    return next();
  };
}

/**
 * Each by itself: this is what came, unchecked, and a procedure drops fields that it does not know, so one that is no text
 * must not hide another.
 */
function placesIn(input: unknown): readonly string[] {
  if (typeof input !== 'object' || input === null) return [];
  const given = new Map<string, unknown>(Object.entries(input));
  return NAMED.map((name) => given.get(name)).filter((value) => typeof value === 'string');
}
