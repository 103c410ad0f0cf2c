/** Where the reference tensors lie; a machine without them skips with a reason, CI must have them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The file's path, or null with the reason printed; throws in CI. */
export function referenceFile(name: string): string | null {
  const directory = process.env['DTL_REFERENCE_DIR'];
  const path = directory === undefined ? null : join(directory, name);
  if (path !== null && existsSync(path)) return path;
  const reason = directory === undefined ? 'DTL_REFERENCE_DIR is not set' : `${name} is not in DTL_REFERENCE_DIR`;
  if (process.env['CI'] === 'true') throw new Error(`CI needs the reference tensors: ${reason}.`);
  process.stderr.write(`Skipped: ${reason}.\n`);
  return null;
}
