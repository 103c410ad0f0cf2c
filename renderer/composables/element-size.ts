import { onBeforeUnmount, shallowRef, watch } from 'vue';
import type { Ref, ShallowRef } from 'vue';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The room inside an element, kept true. */
export function useElementSize(element: Readonly<Ref<HTMLElement | null>>): ShallowRef<Size> {
  const size = shallowRef<Size>({ width: 0, height: 0 });
  const observer = new ResizeObserver(([entry]) => {
    if (entry !== undefined) size.value = { width: entry.contentRect.width, height: entry.contentRect.height };
  });
  watch(
    element,
    (now, before) => {
      if (before) observer.unobserve(before);
      if (now) observer.observe(now);
    },
    { flush: 'post', immediate: true },
  );
  onBeforeUnmount(() => observer.disconnect());
  return size;
}
