/** The run whose confusion matrix led here, for its name and its classes. */
import { shallowRef, watch } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import type { RunPage } from '#app/contract/runs.ts';
import { core } from '../../bridge/client.ts';
import type { Choice } from './filter.ts';

export function useConfusedRun(choice: Readonly<Ref<Choice>>): ShallowRef<RunPage | null> {
  const page = shallowRef<RunPage | null>(null);
  watch(
    () => choice.value.confused?.run ?? null,
    async (run) => {
      // Without it the chip says "a run", and the photos are shown all the same.
      const found = run === null ? null : await core.runs.show({ run }).catch(() => null);
      if (run === (choice.value.confused?.run ?? null)) page.value = found;
    },
    { immediate: true },
  );
  return page;
}
