import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the feature cache takes of the disk; it is one folder of few large files. */
export function featureBytes(folder: string): number {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return 0;
  }
  return names.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
