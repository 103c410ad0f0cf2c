/** Sizes of files and folders of a profile, and taking them away. */
import { existsSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderSize, Profile, ProfilePlaces } from '#app/ports/files.ts';

export function profilePlaces({ locate }: Pick<Profile, 'locate'>): ProfilePlaces {
  return {
    exists: (stored) => existsSync(locate(stored)),
    size: (stored) => sizeOf(locate(stored)),
    remove: (stored) => removeAll(locate(stored)),
    clear: async (stored) => {
      const folder = locate(stored);
      let freed = 0;
      for (const name of await namesIn(folder)) freed += await removeAll(join(folder, name));
      return freed;
    },
  };
}

/** What is not there, or vanishes meanwhile, has no size. Links are not followed. */
async function sizeOf(path: string): Promise<FolderSize> {
  const facts = await lstat(path).catch(() => null);
  if (facts === null) return { files: 0, bytes: 0 };
  if (!facts.isDirectory()) return { files: 1, bytes: facts.size };
  let [files, bytes] = [0, 0];
  for (const name of await namesIn(path)) {
    const inside = await sizeOf(join(path, name));
    files += inside.files;
    bytes += inside.bytes;
  }
  return { files, bytes };
}

async function removeAll(path: string): Promise<number> {
  const before = (await sizeOf(path)).bytes;
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
  return before - (await sizeOf(path)).bytes;
}

function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
