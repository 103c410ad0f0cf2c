import { expect, it } from 'vitest';
import { classId, packId, runId } from '#app/domain/id-of.ts';
import { chipsOf } from './chips.ts';
import type { Choice } from './filter.ts';
import { everything, isNarrow } from './filter.ts';

const names = { className: () => 'rust', packName: () => 'field v2', runName: 'run 3', runClasses: ['oak', 'elm'] };

it('says every condition in words, and what the choice is without it', () => {
  const choice = {
    ...everything,
    classes: [classId(1), null],
    pack: packId(2),
    below: 0.6,
    confused: { run: runId(3), subset: 'test' as const, label: 0, predicted: 1 },
  };
  const chips = chipsOf(choice, names);
  expect(chips.map(({ words }) => words)).toEqual([
    'run 3, test: labelled "oak", predicted "elm"',
    'rust',
    'No label',
    'field v2 is less sure than 60%',
  ]);
  expect(chips[1]?.without).toEqual({ classes: [null] });
  const bare = chips.reduce<Choice>((left, { without }) => ({ ...left, ...without }), choice);
  expect(isNarrow({ ...bare, classes: [] })).toBe(false);
});

it('has no chip where nothing is left out', () => {
  expect(chipsOf(everything, names)).toEqual([]);
});
