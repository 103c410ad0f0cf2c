/**
 * A real store in a folder of its own, for tests: of this adapter and of the use cases in app/, which run on the real
 * thing because a second, in-memory implementation of every rule would be one more thing to be wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Store } from '#app/ports/repositories.ts';
import { openStore } from '../store.ts';
import type { StoreOptions } from '../store.ts';

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dtl-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A clock that starts at 1000 and moves on by a millisecond whenever it is read. */
export function countingClock(start = 1000): () => number {
  let time = start;
  return () => time++;
}

/** An empty store, closed and removed when the test is over. */
export function temporaryStore(options: Partial<StoreOptions> = {}): { readonly store: Store; readonly path: string } {
  const path = join(temporaryFolder(), 'library.sqlite');
  const store = openStore(path, { now: countingClock(), ...options });
  onTestFinished(() => store.close());
  return { store, path };
}
