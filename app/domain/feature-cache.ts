/** The cache of frozen features that all runs of a profile share. */

/** Inside the profile. */
export const FEATURE_FOLDER = 'cache/features';

export interface FeatureCacheState {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Whether a person set the limit. */
  readonly chosen: boolean;
}

/**
 * A tenth of the disk that is free or taken by the cache itself, so that the limit does not shrink while the cache fills;
 * 0, which keeps nothing, where the disk does not say what is free.
 */
export function featureCacheState(
  chosenBytes: number | null,
  freeBytes: number | null,
  usedBytes: number,
): FeatureCacheState {
  const limitBytes = chosenBytes ?? (freeBytes === null ? 0 : Math.floor((freeBytes + usedBytes) / 10));
  return { usedBytes, limitBytes, chosen: chosenBytes !== null };
}

/** What a run may plan with: half of the free disk stays for everything else, whatever limit was chosen. */
export function plannableBytes({ limitBytes, usedBytes }: FeatureCacheState, freeBytes: number | null): number {
  return freeBytes === null ? limitBytes : Math.min(limitBytes, usedBytes + Math.floor(freeBytes / 2));
}
