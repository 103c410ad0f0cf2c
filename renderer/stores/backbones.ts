/** Backbones of the profile. `loaded` tells "none" from "not known yet". */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { BackboneView } from '#app/contract/backbones.ts';
import type { AppError } from '#app/domain/errors.ts';
import { core } from '../bridge/client.ts';
import { followSnapshot } from '../bridge/snapshot.ts';

export const useBackbones = defineStore('backbones', () => {
  const list = shallowRef<readonly BackboneView[]>([]);
  const loaded = shallowRef(false);
  const error = shallowRef<AppError | null>(null);
  const follow = followSnapshot({
    load: () => core.backbones.list(),
    seq: ({ seq }) => seq,
    apply: ({ backbones }) => {
      list.value = backbones;
      loaded.value = true;
      error.value = null;
    },
    // Counts of runs and packs are shown beside each.
    concerns: ({ type }) => type === 'backbones' || type === 'packs' || type === 'run',
    onError: (failure) => {
      error.value = failure;
    },
  });
  return { list, loaded, error, again: follow.again };
});
