import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { ProjectCard } from '#app/contract/projects.ts';
import type { AppError } from '#app/domain/errors.ts';
import { core } from '../bridge/client.ts';
import { followSnapshot } from '../bridge/snapshot.ts';

/** Every project, last opened first. `cards` is null until the first answer. */
export const useProjects = defineStore('projects', () => {
  const cards = shallowRef<readonly ProjectCard[] | null>(null);
  const error = shallowRef<AppError | null>(null);
  const follow = followSnapshot({
    load: () => core.projects.list(),
    seq: ({ seq }) => seq,
    apply: ({ projects }) => {
      cards.value = projects;
      error.value = null;
    },
    // A card shows counts and the last result as well.
    concerns: ({ type }) =>
      type === 'projects' || type === 'photos' || type === 'labels' || type === 'classes' || type === 'run',
    canWait: ({ type }) => type === 'labels',
    onError: (failure) => {
      error.value = failure;
    },
  });
  const byId = computed(() => new Map((cards.value ?? []).map((card) => [card.id, card])));
  return { cards, error, byId, again: follow.again };
});
