/** Files from anywhere that are read into memory whole: regular ones alone, and as many bytes as they say they have. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { AppError } from '#app/domain/errors.ts';
import { fileProblem } from './problems.ts';

/**
 * `checkSize` throws what is to be said of a file that is too large; nothing of it is read then. Throws `files.*`, which has
 * `files.not-a-file` for a pipe or a device, and `files.changing` for a file that is being written to.
 */
export async function readWhole(path: string, checkSize: (bytes: number) => void): Promise<Buffer<ArrayBuffer>> {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer. Windows has no such flag: undefined counts as 0.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = await file.stat();
    // The system has words of its own for who reads a folder.
    if (!facts.isFile() && !facts.isDirectory()) {
      const what = `"${path}" could not be read: it is a pipe or a device, not a file.`;
      throw new AppError('files.not-a-file', `${what} Nothing was changed. Name a file.`, { data: { path } });
    }
    checkSize(facts.size);
    // One byte more shows a file that has grown since.
    const bytes = Buffer.alloc(facts.size + 1);
    let done = 0;
    for (let read = 1; read > 0 && done < bytes.length; done += read) {
      ({ bytesRead: read } = await file.read(bytes, done, bytes.length - done, done));
    }
    if (done !== facts.size) {
      const what = `"${path}" could not be read: it changed meanwhile.`;
      throw new AppError('files.changing', `${what} Nothing was changed. Try again when nothing writes to it.`, {
        data: { path },
      });
    }
    return bytes.subarray(0, done);
  } catch (error) {
    throw fileProblem(error, 'read', path);
  }
}
