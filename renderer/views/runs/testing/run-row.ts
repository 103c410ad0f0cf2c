/** A finished run as the core tells of it, for tests. */
import type { RunRow } from '#app/contract/runs.ts';
import { projectId, runId } from '#app/domain/id-of.ts';

export function runRow(number: number, changes: Partial<RunRow> = {}): RunRow {
  return {
    id: runId(number),
    project: projectId(1),
    number,
    name: `run ${number}`,
    note: '',
    tags: [],
    pinned: false,
    state: 'finished',
    queued: null,
    error: null,
    method: 'DTL+',
    backbone: 'ViT-Ti/16',
    weights: 'float32',
    seed: 0,
    epochs: 30,
    epochsDone: 30,
    learningRate: 3e-3,
    classes: 4,
    photos: { train: 70, validation: 15, test: 15 },
    labelRevision: 3,
    split: 'split 1',
    validation: { loss: 0.4, accuracy: 0.9, macroF1: 0.89 },
    test: { loss: 0.5, accuracy: 0.8, macroF1: 0.79 },
    probeTest: { loss: 0.6, accuracy: 0.7, macroF1: 0.69 },
    sideParameters: 4032,
    seconds: 60,
    peakRssBytes: 5e8,
    packs: [],
    createdAt: 1_700_000_000_000 + number,
    startedAt: 1_700_000_000_000 + number,
    endedAt: 1_700_000_060_000 + number,
    ...changes,
  };
}
