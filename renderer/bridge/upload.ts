/** Sends a file to the core, where it waits for the procedure that takes the answer (`labels.importTable`, `packs.import`). */
import { AppError } from '#app/domain/errors.ts';

const LARGEST_BYTES = 64 * 1024 * 1024;

export async function upload(file: Blob, signal?: AbortSignal): Promise<string> {
  if (file.size > LARGEST_BYTES) {
    throw new AppError(
      'upload.too-large',
      'This file is larger than 64 MB. Nothing was changed. Packs and tables are smaller; choose another file.',
    );
  }
  const answer = await send(file, signal);
  const body: unknown = answer.ok ? await answer.json() : null;
  if (typeof body === 'object' && body !== null && 'upload' in body && typeof body.upload === 'string')
    return body.upload;
  throw new AppError(
    'upload.failed',
    `The file did not arrive (answer ${answer.status}). Nothing was changed. Try again.`,
  );
}

async function send(file: Blob, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch('/upload', { method: 'POST', body: file, ...(signal ? { signal } : {}) });
  } catch (cause) {
    throw new AppError('upload.failed', 'The file did not arrive. Nothing was changed. Try again.', { cause });
  }
}
