/** Whether the command palette and the shortcut sheet are open; opened from the bar, by key and by the desktop's menu. */
import { ref } from 'vue';

const open = ref(false);
const sheet = ref(false);

export function usePalette(): { readonly open: typeof open; readonly sheet: typeof sheet } {
  return { open, sheet };
}
