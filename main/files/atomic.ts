/** Files of the profile and of the person that appear whole or not at all, with words where they do not. */
import { constants } from 'node:fs';
import { chmod, copyFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { discard, moveInPlace, partialPath, replaceFile } from '#native-models/formats/write-atomic.ts';
import type { ReplaceOptions } from '#native-models/formats/write-atomic.ts';
import { fileProblem } from './problems.ts';

/** Throws AppError `files.disk-full`, `files.read-only`, `files.no-permission`, `files.missing`, `files.io`. */
export async function writeFileAtomic(path: string, bytes: Uint8Array, options: ReplaceOptions = {}): Promise<void> {
  await writeChunksAtomic(path, [bytes], options);
}

/** Writes the chunks as they come, holding one at a time; what the source throws leaves no file behind. Returns the bytes written. */
export async function writeChunksAtomic(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: ReplaceOptions = {},
): Promise<number> {
  return explained(path, () =>
    replaceFile(
      path,
      async (file) => {
        let total = 0;
        for await (const chunk of chunks) {
          await file.writeFile(chunk);
          total += chunk.byteLength;
        }
        return total;
      },
      options,
    ),
  );
}

/**
 * Copies `source` beside `path`, sharing the blocks where the file system can, lets `check` look at the copy, and puts
 * it where `check` says; nothing is left behind when `check` gives null or throws.
 */
export async function copyFileAtomic(
  source: string,
  folder: string,
  check: (copy: string) => Promise<string | null>,
  options: ReplaceOptions = {},
): Promise<void> {
  const copy = async (partial: string): Promise<void> => {
    try {
      await copyFile(source, partial, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      // A copy takes over the permissions of its source, which may be read-only.
      await chmod(partial, 0o644);
    } catch (error) {
      throw fileProblem(error, 'copied', source, `Nothing was added to "${folder}".`);
    }
  };
  await makeFileAtomic(join(folder, basename(source)), copy, check, options);
}

/** Lets `make` write a file under a passing name beside `path`, and otherwise does what copyFileAtomic does with its copy. */
export async function makeFileAtomic(
  path: string,
  make: (partial: string) => Promise<void>,
  check: (made: string) => Promise<string | null>,
  options: ReplaceOptions = {},
): Promise<void> {
  const partial = partialPath(path);
  try {
    await make(partial);
    const final = await check(partial);
    if (final !== null) await explained(final, () => moveInPlace(partial, final, options));
  } finally {
    await discard(partial);
  }
}

async function explained<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw fileProblem(error, 'written', path, await keptSentence(path));
  }
}

async function keptSentence(path: string): Promise<string> {
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  return there ? 'The file that was there before is unchanged.' : 'Nothing was left behind.';
}
