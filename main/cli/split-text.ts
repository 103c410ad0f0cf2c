import type { Core } from '../core/open-core.ts';
import { count, table } from './format.ts';

export type SplitReport = ReturnType<Core['splits']['draw']>;

export function describeSplit(report: SplitReport): string {
  const { split, created, classes, nearIdentical, unlabelled, excluded, unusable, withoutSubset, warnings } = report;
  const drawn = split.drawn === null ? 'as the file gives it' : `seed ${split.drawn.seed}`;
  const rows = classes.map(({ name, train, validation, test }) => [name, train, validation, test].map(String));
  const sum = (['train', 'validation', 'test'] as const).map((subset) => String(split.counts[subset]));
  return [
    `"${split.name}" (${drawn})${created ? '' : ' was there already and is unchanged'}:`,
    table(['class', 'train', 'validation', 'test'], [...rows, ['all', ...sum]], ['left', 'right', 'right', 'right']),
    ...(nearIdentical > 0
      ? [`${count(nearIdentical, 'photo')} kept together with a near-identical one or their group.`]
      : []),
    ...(unlabelled > 0 ? [`${count(unlabelled, 'photo')} without a label left out.`] : []),
    ...(withoutSubset > 0
      ? [`${count(withoutSubset, 'labelled photo')} without a split in the file, left out: not trained on, not tested.`]
      : []),
    ...(excluded > 0 ? [`${count(excluded, 'labelled photo')} excluded, left out.`] : []),
    ...(unusable > 0 ? [`${count(unusable, 'labelled photo')} missing or not decodable, left out.`] : []),
    ...warnings.map((warning) => `Note: ${warning}`),
  ].join('\n');
}
