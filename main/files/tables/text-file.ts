/** Files of text from anywhere: bounded in size, and UTF-8 or refused with the line where they stop being it. */
import { isUtf8 } from 'node:buffer';
import { AppError } from '#app/domain/errors.ts';
import { problemData, problemList } from '../problems.ts';
import { readWhole } from '../read-whole.ts';

/** About a million rows; reading takes some ten times as much memory. */
const maxBytes = 64 * 1024 * 1024;

/** The text without a byte order mark. Throws AppError `labels.table` (too large, not UTF-8) or `files.*`. */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readWhole(path, (size) => {
    if (size <= maxBytes) return;
    const limit = `it has ${Math.ceil(size / 2 ** 20)} MB, the limit is ${maxBytes / 2 ** 20} MB. Split it.`;
    throw tableProblem(path, [limit]);
  });
  if (bytes.length >= 2 && (bytes.readUInt16LE(0) === 0xfeff || bytes.readUInt16BE(0) === 0xfeff)) {
    throw tableProblem(path, ['it is UTF-16, as "Unicode text" from a spreadsheet is. Save it as "CSV UTF-8".']);
  }
  if (!isUtf8(bytes))
    throw tableProblem(path, [`line ${firstBadLine(bytes)}: not UTF-8. Save the file as "CSV UTF-8".`]);
  return new TextDecoder().decode(bytes);
}

function firstBadLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found + 1;
    if (!isUtf8(bytes.subarray(start, end))) return line;
    start = end;
  }
  return line;
}

/** One refusal for everything that is wrong with a table. `problems` are sentences, most of them naming their line. */
export function tableProblem(path: string, problems: readonly string[], cause?: unknown): AppError {
  return new AppError('labels.table', `"${path}" was not used, nothing was changed:${problemList(problems)}`, {
    data: { path, problems: problemData(problems) },
    cause,
  });
}
