import { expect, it } from 'vitest';
import { backboneIdentity, projectId, runId, splitId } from '#app/domain/id-of.ts';
import { defaultRecipe } from '#app/domain/recipes.ts';
import type { Run } from '#app/domain/run.ts';
import { outcomeText, runTable } from './run-text.ts';

const run: Run = {
  id: runId(1),
  projectId: projectId(1),
  number: 1,
  name: 'run 1',
  note: '',
  pinned: false,
  tags: [],
  state: 'finished',
  error: null,
  enginePid: null,
  createdAt: 0,
  startedAt: 0,
  endedAt: 0,
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
    backbone: backboneIdentity('a'.repeat(64)),
    appVersion: '0',
    runtimeVersion: '0',
  },
  classes: [],
  result: {
    weightsPath: 'w',
    sideParameters: 0,
    headParameters: 10,
    evaluations: { validation: null, test: null },
    probe: null,
    keptEpoch: null,
    fallbacks: null,
    peakRssBytes: 1,
    seconds: 1,
  },
};

it('says beside what computed a run that its backbone was in 8 bits, and nothing where it was as it is', () => {
  const plan = { ...run.config.plan, weights: 'int8' } as const;
  expect(outcomeText({ ...run, config: { ...run.config, plan } })).toMatch(
    /\ncomputed on cpu, with the backbone in 8 bits$/,
  );
  expect(outcomeText(run)).toMatch(/\ncomputed on cpu$/);
});

it('marks runs with the backbone in 8 bits in the table', () => {
  const plan = { ...run.config.plan, weights: 'int8' } as const;
  const [, usual, eight] = runTable([run, { ...run, config: { ...run.config, plan } }])
    .split('\n')
    .filter((line) => /\S/.test(line) && !/^[-\s]+$/.test(line));
  expect(usual).not.toContain('8 bits');
  expect(eight).toMatch(/ linear, 8 bits /);
});
