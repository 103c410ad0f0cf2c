/**
 * Everything the person can do by name or key. A command feeds the palette (Ctrl K), the shortcut sheet (?) and the key
 * handling at once.
 *
 * In a screen's setup:
 *
 *   useCommands([
 *     { id: 'label.skip', title: 'Skip this photo', group: 'Label', keys: ['ArrowRight'], run: skip },
 *     { id: 'label.undoAll', title: '…', group: 'Label', keys: [], run, enabled: () => photo.value !== null },
 *   ]);
 *
 * They live as long as the component. Pass a function for a list that changes (class keys). Where two commands have the
 * same key, the one registered last gets it, so a screen's key goes before a global one. Keys work while nothing is being
 * typed and no dialog or menu is open; `whileTyping` lifts that. A key that the person changed (`settings.keys`) replaces
 * all keys of its command. `editable: false` keeps a key out of that (class keys are changed with the class).
 */
import type { MaybeRefOrGetter } from 'vue';
import { computed, onScopeDispose, shallowRef, toValue } from 'vue';

export interface Command {
  /** `screen.verb`; stable, because settings name it. */
  readonly id: string;
  readonly title: string;
  /** Heading in palette and sheet. */
  readonly group: string;
  readonly keys: readonly string[];
  readonly icon?: string;
  readonly whileTyping?: boolean;
  readonly editable?: boolean;
  /** Kept out of the palette: moving a selection by arrows means nothing there. */
  readonly keysOnly?: boolean;
  enabled?(): boolean;
  run(): unknown;
}

type Source = MaybeRefOrGetter<readonly Command[]>;

const sources = shallowRef<readonly Source[]>([]);

/** All that are registered, in the order of registration. */
export const commands = computed(() => sources.value.flatMap((source) => toValue(source)));

export function useCommands(source: Source): void {
  sources.value = [...sources.value, source];
  onScopeDispose(() => {
    sources.value = sources.value.filter((one) => one !== source);
  });
}

export function isEnabled(command: Command): boolean {
  return command.enabled?.() ?? true;
}

/** The keys that a command has now. An empty string in the settings takes its key away. */
export function keysOf(command: Command, changed: Readonly<Record<string, string>>): readonly string[] {
  const own = command.editable === false ? undefined : changed[command.id];
  if (own === undefined) return command.keys;
  return own === '' ? [] : [own];
}
