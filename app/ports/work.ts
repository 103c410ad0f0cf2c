import type { Progress } from '../domain/progress.ts';

/** What every long use case takes: a way to stop it and a way to watch it. */
export interface Work {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}
