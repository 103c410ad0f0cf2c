/** What processes that were killed left half-written: nobody would ever use it, and a backbone's is hundreds of megabytes. */
import type { Dirent } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProfilePaths } from '#app/ports/files.ts';
import { partialOwner } from '#native-models/formats/write-atomic.ts';
import { isAlive } from './owner.ts';

/** Lock files before they take their name, backups before they are whole, rows of an archive: only the owner of the profile makes them. */
const OWNED = /\.lock\.[0-9a-f-]{36}$|\.backup-unfinished$|\.opening$/;

/**
 * To be called by whoever owns the profile. Files that a living process writes stay; what cannot be looked at or removed
 * stays too. Pictures in the cache are left to those who clear it: looking for them would take as long as they are many.
 */
export async function removeLeftovers({ home, backbones, runs, packs, backups }: ProfilePaths): Promise<void> {
  const runFolders = (await entriesOf(runs)).filter((one) => one.isDirectory()).map(({ name }) => join(runs, name));
  for (const folder of [home, backbones, packs, backups, ...runFolders]) {
    for (const { name } of await entriesOf(folder)) {
      const owner = partialOwner(name);
      const leftover = owner === null ? folder === home && OWNED.test(name) : !isAlive(owner, null);
      if (leftover) await rm(join(folder, name), { force: true }).catch(() => undefined);
    }
  }
}

function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}
