/** One run with all that is known of it. */
import type { RunPage } from '../contract/runs.ts';
import type { RunId } from '../domain/ids.ts';
import { probabilities, topClass } from '../domain/metrics.ts';
import type { Subset } from '../domain/run-config.ts';
import type { ProfilePlaces } from '../ports/files.ts';
import type { PhotoId } from '../domain/ids.ts';
import type { Split } from '../domain/split.ts';
import type { Store } from '../ports/repositories.ts';
import { showRun } from './find-runs.ts';
import { runFolder } from './run-folder.ts';
import { runRow } from './run-row.ts';

interface Ports {
  readonly store: Store;
  readonly places: ProfilePlaces;
}

/** Throws `runs.unknown`. */
export async function runPage({ store, places }: Ports, id: RunId): Promise<Omit<RunPage, 'seq' | 'progress'>> {
  const { bytes } = await places.size(runFolder(id));
  const run = store.runs.get(id);
  const { split, backbone, metrics, checkpoint, test, validation, probeTest } = showRun({ store }, run);
  const there = backbone !== null && places.exists(backbone.path);
  return {
    row: runRow({ store }, id),
    config: run.config,
    provenance: run.provenance,
    classNames: run.classes.map(({ name }) => name),
    split: { id: split.id, name: split.name, drawn: drawnWords(split) },
    backbone: { identity: run.provenance.backbone, name: backbone?.name ?? 'not in this profile any more', there },
    result: run.result,
    metrics,
    log: store.runs.log(id),
    checkpointEpoch: checkpoint?.epoch ?? null,
    test,
    validation,
    probeTest,
    bytes,
  };
}

function drawnWords({ drawn }: Split): string {
  if (drawn === null) return 'as a file gave it';
  const { train, validation, test } = drawn.fractions;
  const share = (value: number): string => `${Math.round(value * 100)} %`;
  return `drawn with seed ${drawn.seed}: ${share(train)} training, ${share(validation)} validation, ${share(test)} test`;
}

export interface WrongPrediction {
  readonly photo: PhotoId;
  readonly label: string;
  readonly predicted: string;
  readonly confidence: number;
}

/** The most confident first. Throws `runs.unknown`. */
export function mistakes(
  { store }: Pick<Ports, 'store'>,
  id: RunId,
  subset: Subset,
  limit: number,
): readonly WrongPrediction[] {
  const { classes } = store.runs.get(id);
  return store.runs
    .predictions(id, 'run')
    .flatMap((one) => {
      const best = topClass(one.logits);
      if (one.subset !== subset || best === one.label) return [];
      const confidence = probabilities(one.logits)[best] ?? 0;
      return [{ photo: one.photoId, label: name(one.label), predicted: name(best), confidence }];
    })
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, limit);

  function name(at: number): string {
    return classes[at]?.name ?? '';
  }
}
