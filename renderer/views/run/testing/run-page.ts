/** The page of a run at work as the core tells of it, for tests. */
import type { RunPage } from '#app/contract/runs.ts';
import { backboneIdentity, splitId } from '#app/domain/id-of.ts';
import { defaultRecipe } from '#app/domain/recipes.ts';
import { runRow } from '../../runs/testing/run-row.ts';
import { metric } from './metric.ts';

const identity = backboneIdentity('a'.repeat(64));

export function runPage(changes: Partial<RunPage> = {}): RunPage {
  return {
    seq: 10,
    row: runRow(1, { state: 'running' }),
    config: {
      method: { name: 'linear' },
      recipe: defaultRecipe,
      plan: { provider: 'cpu', threads: 2, microBatch: 8, cache: 'none' },
      preprocessing: {
        imageSize: 224,
        fit: 'squash',
        interpolation: 'bicubic',
        sixteenBit: { kind: 'full-range' },
        mean: [0, 0, 0],
        std: [1, 1, 1],
      },
      seed: 0,
    },
    provenance: {
      labelRevision: 1,
      splitId: splitId(1),
      splitDigest: 'd',
      backbone: identity,
      appVersion: '0',
      runtimeVersion: '0',
    },
    classNames: ['a', 'b'],
    split: { id: splitId(1), name: 'split 1', drawn: '' },
    backbone: { identity, name: 'ViT-Ti/16', there: true },
    result: null,
    progress: null,
    metrics: [metric(0)],
    log: [],
    checkpointEpoch: null,
    test: null,
    validation: null,
    probeTest: null,
    bytes: 0,
    ...changes,
  };
}
