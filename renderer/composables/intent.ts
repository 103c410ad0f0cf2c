/** Tells what somebody is about to do: the pointer rests on a control or presses it, or the focus is on it. */
import { onBeforeUnmount } from 'vue';

/** Less is a pointer on its way to somewhere else; a press follows later than this. */
const REST_MS = 40;

/** Listeners for a control, to be bound to it. */
export function useIntent(tell: () => void): Readonly<Record<string, () => void>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const rests = (): void => {
    clearTimeout(timer);
    timer = setTimeout(tell, REST_MS);
  };
  const leaves = (): void => clearTimeout(timer);
  /** The act itself comes with the release, up to a tenth of a second later. */
  const pressed = (): void => {
    leaves();
    tell();
  };
  onBeforeUnmount(leaves);
  return { pointerenter: rests, pointerleave: leaves, pointerdown: pressed, focus: rests, blur: leaves };
}
