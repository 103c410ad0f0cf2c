/**
 * A window in a browser names folders and files of the machine on which the core runs. Whatever procedure it asks, they lie
 * in the folders that the server was started for.
 */
import { z } from 'zod';
import type { Roots } from '../browse.ts';
import type { CallInterceptor } from './errors.ts';

/** The inputs of the contract that name something to be read. */
const named = z.object({ folder: z.string().optional(), file: z.string().optional(), to: z.string().optional() });

/** For a handler's `clientInterceptors`. Throws what `Roots.inside` throws. */
export function insideRoots(roots: Roots): CallInterceptor {
  return async ({ input, next }) => {
    const { data = {} } = named.safeParse(input);
    for (const path of Object.values(data)) if (path !== undefined) await roots.inside(path);
    return next();
  };
}
