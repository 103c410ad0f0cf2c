/** Keys of the Label screen. Class keys come last, so that they go before the letters that are left for other things. */
import type { ClassView } from '#app/contract/labels.ts';
import { commandKey } from '../../components/classes/class-keys.ts';
import { useCommands } from '../../composables/commands.ts';

export interface LabelActions {
  readonly classes: () => readonly ClassView[];
  readonly canAct: () => boolean;
  readonly hasSuggestion: () => boolean;
  readonly zoomed: () => boolean;
  readonly label: (one: ClassView) => void;
  readonly accept: () => void;
  readonly clear: () => void;
  readonly flag: () => void;
  readonly exclude: () => void;
  readonly skip: () => void;
  readonly back: () => void;
  readonly up: () => unknown;
  readonly down: () => unknown;
  readonly zoom: () => unknown;
  readonly undo: () => void;
  readonly redo: () => void;
  readonly find: () => unknown;
  readonly create: () => unknown;
  readonly rename: () => void;
  readonly manage: () => void;
}

export function useLabelCommands(on: LabelActions): void {
  const group = 'Label';
  const enabled = on.canAct;
  useCommands([
    { id: 'label.skip', title: 'Skip this photo', group, keys: ['ArrowRight'], enabled, run: on.skip },
    { id: 'label.back', title: 'Back to the photo before', group, keys: ['ArrowLeft'], run: on.back },
    { id: 'label.zoom', title: 'Look closer (1:1)', group, keys: ['Z'], enabled, run: on.zoom },
    {
      id: 'label.unzoom',
      title: 'See the whole photo',
      group,
      keys: ['Escape'],
      keysOnly: true,
      enabled: on.zoomed,
      run: on.zoom,
    },
    {
      id: 'label.up',
      title: 'Move the photo up',
      group,
      keys: ['ArrowUp'],
      keysOnly: true,
      enabled: on.zoomed,
      run: on.up,
    },
    {
      id: 'label.down',
      title: 'Move the photo down',
      group,
      keys: ['ArrowDown'],
      keysOnly: true,
      enabled: on.zoomed,
      run: on.down,
    },
    {
      id: 'label.accept',
      title: 'Accept the suggestion',
      group,
      keys: ['Enter'],
      enabled: () => enabled() && on.hasSuggestion(),
      run: on.accept,
    },
    { id: 'label.clear', title: 'Take the label away', group, keys: ['Backspace', 'U'], enabled, run: on.clear },
    { id: 'label.flag', title: 'Flag', group, keys: ['F'], enabled, run: on.flag },
    { id: 'label.exclude', title: 'Exclude from training', group, keys: ['X'], enabled, run: on.exclude },
    { id: 'label.undo', title: 'Undo, and show the photo', group, keys: ['Mod+Z'], keysOnly: true, run: on.undo },
    {
      id: 'label.redo',
      title: 'Redo, and show the photo',
      group,
      keys: ['Mod+Shift+Z', 'Mod+Y'],
      keysOnly: true,
      run: on.redo,
    },
    { id: 'label.find', title: 'Find a class by name', group, keys: ['/'], enabled, run: on.find },
    {
      id: 'label.new-class',
      title: 'New class for this photo',
      group,
      keys: ['+', 'Shift+N', 'N'],
      enabled,
      run: on.create,
    },
    {
      id: 'label.rename-class',
      title: "Rename this photo's class",
      group,
      keys: ['Shift+R', 'R'],
      enabled,
      run: on.rename,
    },
    { id: 'label.classes', title: 'Manage classes', group, keys: ['Shift+C', 'C'], run: on.manage },
  ]);
  useCommands(() =>
    on.classes().map((one) => ({
      id: `label.class.${one.id}`,
      title: `Label "${one.name}"`,
      group: 'Classes',
      keys: one.key === null ? [] : [commandKey(one.key)],
      editable: false,
      enabled,
      run: () => on.label(one),
    })),
  );
}
