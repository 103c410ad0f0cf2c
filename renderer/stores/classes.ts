import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { ClassView } from '#app/contract/labels.ts';
import type { AppError } from '#app/domain/errors.ts';
import { core } from '../bridge/client.ts';
import { followSnapshot } from '../bridge/snapshot.ts';
import { useProject } from './project.ts';

/** Classes of the open project, in their order. `loaded` tells "none" from "not known yet". */
export const useClasses = defineStore('classes', () => {
  const project = useProject();
  const list = shallowRef<readonly ClassView[]>([]);
  const loaded = shallowRef(false);
  const error = shallowRef<AppError | null>(null);
  const follow = followSnapshot({
    load: async () => (project.id === null ? null : core.classes.list({ project: project.id })),
    seq: (value) => value?.seq ?? 0,
    apply: (value) => {
      list.value = value?.classes ?? [];
      loaded.value = value !== null;
      error.value = null;
    },
    concerns: (event) => (event.type === 'classes' || event.type === 'labels') && event.project === project.id,
    canWait: ({ type }) => type === 'labels',
    onError: (failure) => {
      error.value = failure;
    },
  });
  watch(
    () => project.id,
    () => {
      list.value = [];
      loaded.value = false;
      follow.again();
    },
  );
  const byId = computed(() => new Map(list.value.map((one) => [one.id, one])));
  const byKey = computed(
    () => new Map(list.value.flatMap((one) => (one.key === null ? [] : [[one.key, one] as const]))),
  );
  return { list, loaded, error, byId, byKey };
});
