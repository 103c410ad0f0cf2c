/** What a dropped or chosen file is, before anything is sent, and which of several an error is about. */
import { AppError } from '#app/domain/errors.ts';

/** A pack's name without the ending, as it will be called. Throws `packs.not-a-pack` for a file of another kind. */
export function packName(fileName: string): string {
  const match = /^(.+)\.safetensors$/i.exec(fileName);
  if (match?.[1] !== undefined) return match[1].slice(0, 200);
  throw new AppError(
    'packs.not-a-pack',
    `"${fileName}" is not a pack: packs are files that end in .safetensors. Nothing was imported.`,
    { data: { file: fileName } },
  );
}

/** Says which file it is about, where it does not say so already. */
export function aboutFile(error: AppError, fileName: string): AppError {
  const { code, kind, message, data } = error;
  return message.includes(fileName) ? error : new AppError(code, `"${fileName}": ${message}`, { kind, data });
}
