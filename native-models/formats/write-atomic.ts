/**
 * Files that appear whole or not at all. The bytes go into a new file in the same folder, are forced to the disk, and
 * take the final name in one step; a power cut at any moment leaves the old file or the new one. At a failure the
 * partial file is removed and what was there before stays.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface ReplaceOptions {
  /** Permissions of the finished file, e.g. 0o444; those of any new file when it is left out. */
  readonly mode?: number;
}

export interface CheckedOptions extends ReplaceOptions {
  /** Gets the path of the finished file before it takes its place; what it throws leaves everything as it was. */
  readonly check?: (partial: string) => Promise<void>;
}

/** Puts `bytes` in the place of what was at `path`. Throws what the system says. */
export async function writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
  await replaceFile(path, (file) => file.writeFile(bytes));
}

/** Puts what `write` writes in the place of what was at `path`, and gives what `write` gives. Throws what the system or `write` says. */
export async function replaceFile<T>(
  path: string,
  write: (file: FileHandle) => Promise<T>,
  options: CheckedOptions = {},
): Promise<T> {
  const partial = partialPath(path);
  try {
    let result: T;
    {
      await using file = await open(partial, 'wx');
      result = await write(file);
      await settle(file, options);
    }
    await options.check?.(partial);
    await takePlace(partial, path);
    return result;
  } catch (error) {
    await discard(partial);
    // What fails on an open file does not say which one it was.
    if (error instanceof Error && 'errno' in error) Object.assign(error, { path });
    throw error;
  }
}

/** Puts a finished file of the same folder in the place of what was at `path`. Throws what the system says. */
export async function moveInPlace(partial: string, path: string, options: ReplaceOptions = {}): Promise<void> {
  {
    // Windows flushes only what is open for writing.
    await using file = await open(partial, 'r+');
    await settle(file, options);
  }
  await takePlace(partial, path);
}

/**
 * A name in the same folder that nobody else uses and that a scan for files passes over. It tells whose it is, so that
 * what a killed process left can be told from what is being written (`partialOwner`).
 */
export function partialPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(6).toString('hex')}.partial`);
}

/** The process that writes a partial file, by its name; null for every other file. */
export function partialOwner(name: string): number | null {
  const pid = /^\..*\.(\d{1,10})-[0-9a-f]{12}\.partial$/s.exec(name)?.[1];
  return pid === undefined ? null : Number(pid);
}

/** Never in the way of the error that led here. */
export async function discard(partial: string): Promise<void> {
  await rm(partial, { force: true }).catch(() => undefined);
}

/**
 * A folder whose name survives a power cut once this returns, and all above it that was missing; one that is there is left
 * alone. Node's own recursive mkdir says ENOENT where the disk is read-only, which helps nobody. Throws what the system says.
 */
export async function makeFolder(path: string): Promise<void> {
  await makeBelow(path, false);
}

/** The folder above is made once only: some file systems (/proc) say ENOENT although it is there. */
async function makeBelow(path: string, aboveIsThere: boolean): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || aboveIsThere || dirname(path) === path) throw error;
    await makeBelow(dirname(path), false);
    return makeBelow(path, true);
  }
  await syncFolder(dirname(path));
}

async function settle(file: FileHandle, { mode }: ReplaceOptions): Promise<void> {
  if (mode !== undefined) await file.chmod(mode);
  await file.sync();
}

async function takePlace(partial: string, path: string): Promise<void> {
  await rename(partial, path);
  await syncFolder(dirname(path));
}

/** Makes names in a folder survive a power cut. Windows cannot open folders; its renames are journalled. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using folder = await open(path, 'r');
  await folder.sync();
}
