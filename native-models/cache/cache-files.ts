/** The files of the feature cache, whoever wrote them, and how they are given up. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface CacheFile {
  readonly path: string;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly used: number;
}

export const SUFFIX = '.features';

/** Oldest first, as their names begin with the time. */
export function cacheFiles(folder: string): readonly CacheFile[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      const facts = statSync(path, { throwIfNoEntry: false });
      return facts === undefined ? [] : [{ path, bytes: facts.size, used: facts.mtimeMs }];
    });
}

/** Gives up files in their order until so many bytes are free; returns how many are. */
export function freed(files: readonly CacheFile[], wanted: number): number {
  let free = 0;
  for (const { path, bytes } of files) {
    if (free >= wanted) break;
    if (removed(path)) free += bytes;
  }
  return free;
}

/** Gives up what was not used for longest until the rest is within the bound; whoever reads one of the files reads on. */
export function keepWithin(folder: string, limitBytes: number): void {
  const files = [...cacheFiles(folder)].sort((a, b) => a.used - b.used);
  freed(files, files.reduce((sum, { bytes }) => sum + bytes, 0) - limitBytes);
}

function removed(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch {
    // Another process was quicker, or the system keeps open files.
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  }
}
