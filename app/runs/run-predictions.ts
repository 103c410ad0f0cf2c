/** What a finished run said about its held-out photos. */
import { topClass } from '../domain/metrics.ts';
import type { Subset } from '../domain/run-config.ts';
import type { Run } from '../domain/run.ts';
import type { Store } from '../ports/repositories.ts';

export interface NamedPrediction {
  readonly path: string;
  /** The predicted class. */
  readonly label: string;
  readonly logits: readonly number[];
}

/** By photo. */
export function runPredictions(
  { store }: { readonly store: Store },
  run: Run,
  subset: Subset,
): readonly NamedPrediction[] {
  const own = store.runs.predictions(run.id, 'run').filter((one) => one.subset === subset);
  const photos = store.photos.getMany(own.map(({ photoId }) => photoId));
  return own.map(({ logits }, at) => ({
    path: photos[at]?.path ?? '',
    label: run.classes[topClass(logits)]?.name ?? '',
    logits,
  }));
}
