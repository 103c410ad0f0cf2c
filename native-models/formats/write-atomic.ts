/** A file that appears whole or not at all, and survives a power cut once this returns. */
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes beside `path`, syncs, renames over it, syncs the folder. The file that was there stays until the rename. */
export async function writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
  await makeAtomic(path, (file) => file.writeFile(bytes));
}

/**
 * As above for what is written piece by piece. `check` gets the path of the finished file before it takes its place; what it
 * throws leaves everything as it was.
 */
export async function makeAtomic(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  check: (temporary: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await check(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Windows cannot open folders; its rename is journalled. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
