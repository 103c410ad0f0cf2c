import { AppError } from '#app/domain/errors.ts';

/** A photo that is left out, with a reason that completes "cannot be read as a photo: ". */
export function undecodable(path: string, reason: string, cause?: unknown, passing = false): AppError {
  return new AppError(
    'image.undecodable',
    `${path} cannot be read as a photo: ${reason}. It is left out; the file and everything else stay as they are.`,
    { data: { path, reason, passing }, cause },
  );
}
