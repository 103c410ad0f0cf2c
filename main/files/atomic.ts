/**
 * Files that appear whole or not at all. The bytes go into a new file in the same folder, are forced to the disk, and
 * take the final name in one step; a power cut at any moment leaves the old file or the new one. At a failure the
 * partial file is removed and what was there before stays.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileProblem } from './problems.ts';

export interface AtomicOptions {
  /** Permissions of the finished file, e.g. 0o444; those of any new file when it is left out. */
  readonly mode?: number;
}

/** A name in the same folder that nobody else uses and that a scan for files passes over. */
function partialPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`);
}

/** Throws AppError `files.disk-full`, `files.read-only`, `files.no-permission`, `files.missing`, `files.io`. */
export async function writeFileAtomic(path: string, bytes: Uint8Array, options: AtomicOptions = {}): Promise<void> {
  await writeChunksAtomic(path, [bytes], options);
}

/** Writes the chunks as they come, holding one at a time; what the source throws leaves no file behind. Returns the bytes written. */
export async function writeChunksAtomic(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: AtomicOptions = {},
): Promise<number> {
  const partial = partialPath(path);
  return replacing(path, partial, options, async () => {
    let total = 0;
    await using file = await open(partial, 'wx');
    for await (const chunk of chunks) {
      await file.writeFile(chunk);
      total += chunk.byteLength;
    }
    await file.sync();
    return total;
  });
}

/**
 * Copies `source` beside `path`, sharing the blocks where the file system can, lets `check` look at the copy, and puts
 * it where `check` says; nothing is left behind when `check` gives null or throws.
 */
export async function copyFileAtomic(
  source: string,
  folder: string,
  check: (copy: string) => Promise<string | null>,
  options: AtomicOptions = {},
): Promise<void> {
  const copy = async (partial: string): Promise<void> => {
    await copyFile(source, partial, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE).catch((error: unknown) => {
      throw fileProblem(error, 'copied', source, `Nothing was added to "${folder}".`);
    });
    // A copy takes over the permissions of its source, which may be read-only.
    await chmod(partial, 0o644);
    await sync(partial);
  };
  await makeFileAtomic(join(folder, basename(source)), copy, check, options);
}

/**
 * Lets `make` write a file under a passing name beside `path`, and otherwise does what copyFileAtomic does with its copy.
 * `make` forces it to the disk.
 */
export async function makeFileAtomic(
  path: string,
  make: (partial: string) => Promise<void>,
  check: (made: string) => Promise<string | null>,
  options: AtomicOptions = {},
): Promise<void> {
  const partial = partialPath(path);
  try {
    await make(partial);
    const final = await check(partial);
    if (final !== null) await replacing(final, partial, options, () => Promise.resolve());
  } finally {
    await discard(partial);
  }
}

async function replacing<T>(
  path: string,
  partial: string,
  { mode }: AtomicOptions,
  write: () => Promise<T>,
): Promise<T> {
  try {
    const result = await write();
    if (mode !== undefined) await chmod(partial, mode);
    await rename(partial, path);
    await syncFolder(dirname(path));
    return result;
  } catch (error) {
    await discard(partial);
    throw fileProblem(error, 'written', path, await keptSentence(path));
  }
}

/** Never in the way of the error that led here. */
async function discard(partial: string): Promise<void> {
  await rm(partial, { force: true }).catch(() => undefined);
}

async function keptSentence(path: string): Promise<string> {
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  return there ? 'The file that was there before is unchanged.' : 'Nothing was left behind.';
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.sync();
}

/** Makes names in a folder survive a power cut. Windows cannot open folders; its renames are journalled. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using folder = await open(path, 'r');
  await folder.sync();
}
