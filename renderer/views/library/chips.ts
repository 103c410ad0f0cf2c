/** The conditions that hold, in words, and the choice without each. */
import type { ClassId, PackId } from '#app/domain/ids.ts';
import { percent } from '../../format.ts';
import type { Choice } from './filter.ts';

export interface Chip {
  readonly words: string;
  readonly without: Partial<Choice>;
}

export interface Names {
  readonly className: (id: ClassId) => string;
  readonly packName: (id: PackId) => string;
  readonly runName: string;
  readonly runClasses: readonly string[];
}

export function chipsOf(choice: Choice, names: Names): readonly Chip[] {
  const { classes, split, state, flagged, excluded, text, pack, disagrees, below, said, confused } = choice;
  const model = pack === null ? 'the model' : names.packName(pack);
  return [
    ...(confused === null ? [] : [{ words: confusedWords(confused, names), without: { confused: null } }]),
    ...classes.map((id) => ({
      words: id === null ? 'No label' : names.className(id),
      without: { classes: classes.filter((one) => one !== id) },
    })),
    ...(split === null
      ? []
      : [{ words: split === 'none' ? 'In no subset' : `Subset: ${split}`, without: { split: null } }]),
    ...(state === null
      ? []
      : [{ words: state === 'missing' ? 'Not at their place' : 'Could not be read', without: { state: null } }]),
    ...(flagged === null ? [] : [{ words: flagged ? 'Flagged' : 'Not flagged', without: { flagged: null } }]),
    ...(excluded === null ? [] : [{ words: excluded ? 'Excluded' : 'Not excluded', without: { excluded: null } }]),
    ...(disagrees ? [{ words: `${model} says another class`, without: { disagrees: false } }] : []),
    ...(below === null ? [] : [{ words: `${model} is less sure than ${percent(below, 0)}`, without: { below: null } }]),
    ...(said === null ? [] : [{ words: `${model} says "${said}"`, without: { said: null } }]),
    ...(text === '' ? [] : [{ words: `Name has "${text}"`, without: { text: '' } }]),
  ];
}

function confusedWords({ subset, label, predicted }: NonNullable<Choice['confused']>, names: Names): string {
  const name = (index: number): string => names.runClasses[index] ?? `class ${index + 1}`;
  const what = [
    ...(label === null ? [] : [`labelled "${name(label)}"`]),
    ...(predicted === null ? [] : [`predicted "${name(predicted)}"`]),
  ];
  return `${names.runName}, ${subset}${what.length === 0 ? '' : `: ${what.join(', ')}`}`;
}
