/** Keys of the grid. Class keys come last, so that they go before letters that are left for other things. */
import type { ClassView } from '#app/contract/labels.ts';
import { commandKey } from '../../components/classes/class-keys.ts';
import type { Command } from '../../composables/commands.ts';
import { useCommands } from '../../composables/commands.ts';
import type { Step } from './selection.ts';

export interface GridActions {
  /** False while something lies over the grid. */
  readonly active: () => boolean;
  readonly hasPhotos: () => boolean;
  readonly hasTargets: () => boolean;
  readonly classes: () => readonly ClassView[];
  readonly step: (step: Step, extend: boolean) => void;
  readonly all: () => unknown;
  readonly none: () => unknown;
  readonly closer: () => unknown;
  readonly open: () => unknown;
  readonly larger: () => unknown;
  readonly smaller: () => unknown;
  readonly search: () => unknown;
  readonly label: (one: ClassView) => unknown;
  readonly clear: () => unknown;
  readonly flag: () => unknown;
  readonly exclude: () => unknown;
  readonly accept: () => unknown;
  readonly update: () => unknown;
}

const steps: readonly (readonly [string, Step, string])[] = [
  ['ArrowLeft', 'left', 'one to the left'],
  ['ArrowRight', 'right', 'one to the right'],
  ['ArrowUp', 'up', 'one row up'],
  ['ArrowDown', 'down', 'one row down'],
  ['PageUp', 'pageUp', 'one page up'],
  ['PageDown', 'pageDown', 'one page down'],
  ['Home', 'first', 'to the first photo'],
  ['End', 'last', 'to the last photo'],
];

export function useGridCommands(on: GridActions): void {
  const group = 'Grid';
  const enabled = (): boolean => on.active() && on.hasPhotos();
  const onTargets = (): boolean => on.hasTargets();
  useCommands([
    ...steps.flatMap(([key, step, words]): readonly Command[] => [
      {
        id: `grid.${step}`,
        title: `Go ${words}`,
        group,
        keys: [key],
        keysOnly: true,
        enabled,
        run: () => on.step(step, false),
      },
      {
        id: `grid.choose-${step}`,
        title: `Choose as far as ${words}`,
        group,
        keys: [`Shift+${key}`],
        keysOnly: true,
        enabled,
        run: () => on.step(step, true),
      },
    ]),
    { id: 'grid.all', title: 'Choose all photos of the list', group, keys: ['Mod+A'], enabled, run: on.all },
    { id: 'grid.none', title: 'Choose none', group, keys: ['Escape'], enabled, keysOnly: true, run: on.none },
    { id: 'grid.closer', title: 'Look closer', group, keys: ['Space'], enabled, run: on.closer },
    { id: 'grid.open', title: 'Label from this photo on', group, keys: ['Enter'], enabled, run: on.open },
    { id: 'grid.larger', title: 'Larger pictures', group, keys: ['+', '='], enabled: on.active, run: on.larger },
    { id: 'grid.smaller', title: 'Smaller pictures', group, keys: ['-'], enabled: on.active, run: on.smaller },
    { id: 'grid.search', title: 'Find photos by name', group, keys: ['/'], enabled: on.active, run: on.search },
    { id: 'grid.update', title: 'Make the list anew', group, keys: [], enabled: on.active, run: on.update },
    {
      id: 'grid.clear',
      title: 'Take the labels away',
      group,
      keys: ['U', 'Backspace'],
      enabled: onTargets,
      run: on.clear,
    },
    { id: 'grid.flag', title: 'Flag, or take the flag away', group, keys: ['F'], enabled: onTargets, run: on.flag },
    {
      id: 'grid.exclude',
      title: 'Exclude from training, or take back',
      group,
      keys: ['X'],
      enabled: onTargets,
      run: on.exclude,
    },
    {
      id: 'grid.accept',
      title: 'Accept what the model says',
      group,
      keys: ['Mod+Enter'],
      enabled: onTargets,
      run: on.accept,
    },
  ]);
  useCommands(() =>
    on.classes().map((one) => ({
      id: `grid.class.${one.id}`,
      title: `Label the chosen photos "${one.name}"`,
      group: 'Classes',
      keys: one.key === null ? [] : [commandKey(one.key)],
      editable: false,
      enabled: onTargets,
      run: () => on.label(one),
    })),
  );
}
