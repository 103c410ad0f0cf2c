/** Whether the inspector at the right is open; kept for the next time. Screens fill it with `components/InspectorPanel.vue`. */
import { ref, watch } from 'vue';

const PLACE = 'dtl-inspector';

const open = ref(localStorage.getItem(PLACE) !== 'closed');
/** How many panels the screen offers; without one there is nothing to fold. */
const panels = ref(0);

watch(open, (now) => localStorage.setItem(PLACE, now ? 'open' : 'closed'));

export function useInspector(): { readonly open: typeof open; readonly panels: typeof panels } {
  return { open, panels };
}
