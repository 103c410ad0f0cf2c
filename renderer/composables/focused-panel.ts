/** A panel within a screen that has the focus from the start and is left with Esc. */
import { nextTick, onMounted } from 'vue';
import type { Ref } from 'vue';
import type { Command } from './commands.ts';
import { useCommands } from './commands.ts';

/** `heading`: what the focus goes to. */
export function useFocusedPanel(
  heading: Readonly<Ref<HTMLElement | null>>,
  command: Pick<Command, 'id' | 'title' | 'group'>,
  leave: () => void,
): void {
  onMounted(() => nextTick(() => heading.value?.focus()));
  useCommands([{ ...command, keys: ['Escape'], whileTyping: true, keysOnly: true, run: leave }]);
}
