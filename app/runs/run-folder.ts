import type { RunId } from '../domain/ids.ts';

/** Where a run keeps its checkpoint, weights and caches, relative to the profile. */
export function runFolder(id: RunId): string {
  return `runs/${id}`;
}
