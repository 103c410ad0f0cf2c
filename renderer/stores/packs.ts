/** Packs of the profile, newest first. `loaded` tells "none" from "not known yet". */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { PackView } from '#app/contract/packs.ts';
import type { AppError } from '#app/domain/errors.ts';
import { core } from '../bridge/client.ts';
import { followSnapshot } from '../bridge/snapshot.ts';

export const usePacks = defineStore('packs', () => {
  const list = shallowRef<readonly PackView[]>([]);
  const loaded = shallowRef(false);
  const error = shallowRef<AppError | null>(null);
  const follow = followSnapshot({
    load: () => core.packs.list(),
    seq: ({ seq }) => seq,
    apply: ({ packs }) => {
      list.value = packs;
      loaded.value = true;
      error.value = null;
    },
    // A pack waits for its backbone, and bears the names of run and project.
    concerns: ({ type }) => type === 'packs' || type === 'backbones' || type === 'projects' || type === 'run',
    onError: (failure) => {
      error.value = failure;
    },
  });
  const byId = computed(() => new Map(list.value.map((pack) => [pack.id, pack])));
  return { list, loaded, error, byId, again: follow.again };
});
