import { expect, it } from 'vitest';
import { projectId, splitId } from '#app/domain/id-of.ts';
import { describeSplit } from './split-text.ts';
import type { SplitReport } from './split-text.ts';

const report: SplitReport = {
  split: {
    id: splitId(1),
    number: 1,
    projectId: projectId(1),
    name: 'split 1',
    drawn: null,
    labelRevision: 1,
    digest: 'd',
    createdAt: 0,
    counts: { train: 1, validation: 1, test: 0 },
  },
  created: true,
  classes: [{ name: 'cat', train: 1, validation: 1, test: 0 }],
  nearIdentical: 0,
  unlabelled: 1,
  excluded: 0,
  unusable: 0,
  withoutSubset: 17,
  warnings: ['something is odd.'],
};

it('says which photos a split leaves out, and why', () => {
  expect(describeSplit(report).split('\n')).toEqual([
    '"split 1" (as the file gives it):',
    'class  train  validation  test',
    'cat        1           1     0',
    'all        1           1     0',
    '1 photo without a label left out.',
    '17 labelled photos without a split in the file, left out: not trained on, not tested.',
    'Note: something is odd.',
  ]);
  expect(describeSplit({ ...report, withoutSubset: 0 })).not.toContain('without a split');
});
