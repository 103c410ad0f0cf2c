/** Node's file functions with a fault in one of the calls that change a disk: the n-th one below a folder is refused. */
import { constants } from 'node:fs';
import type * as FilePromises from 'node:fs/promises';
import { systemError } from '../../files/testing/faults.ts';

interface Fault {
  /** Calls below this folder are counted. */
  readonly below: string;
  /** Counted from 1; 0 refuses none. */
  readonly at: number;
  readonly code: string;
}

let fault: Fault | null = null;
let calls: string[] = [];

/** From now on. */
export function failAt(below: string, at: number, code: string): void {
  fault = { below, at, code };
  calls = [];
}

/** No more faults; what was called since `failAt`: `sync runs/1/checkpoint`. */
export function healFiles(): readonly string[] {
  fault = null;
  return calls;
}

function gate(deed: string, path: unknown): void {
  if (fault === null || typeof path !== 'string' || !path.startsWith(`${fault.below}/`)) return;
  calls.push(`${deed} ${path.slice(fault.below.length + 1)}`);
  if (calls.length === fault.at) throw systemError(fault.code);
}

/** For `vi.mock('node:fs/promises', ...)`. */
export function failing(original: typeof FilePromises): typeof FilePromises {
  const gated =
    <A extends readonly unknown[], R>(deed: string, which: number, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      gate(deed, args[which]);
      return call(...args);
    };
  const wrapped = {
    ...original,
    mkdir: gated('mkdir', 0, original.mkdir),
    rename: gated('rename', 1, original.rename),
    copyFile: gated('copy', 1, original.copyFile),
    chmod: gated('chmod', 0, original.chmod),
    writeFile: gated('write', 0, original.writeFile),
    open: async (...args: Parameters<typeof FilePromises.open>) => {
      const [path, flags = 'r'] = args;
      if (!changes(flags)) return original.open(...args);
      gate('open', path);
      const file = await original.open(...args);
      for (const deed of ['writeFile', 'write', 'sync', 'chmod'] as const) {
        const call = file[deed].bind(file) as (...given: unknown[]) => Promise<unknown>;
        Object.defineProperty(file, deed, {
          value: gated(deed, 0, (_path: unknown, ...given: unknown[]) => call(...given)).bind(null, path),
        });
      }
      return file;
    },
  };
  return wrapped as typeof FilePromises;
}

function changes(flags: string | number): boolean {
  return typeof flags === 'number' ? (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0 : flags !== 'r';
}
