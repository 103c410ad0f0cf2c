/**
 * The project whose screens are shown. Its id is the route's; null on screens that belong to no project. A screen below
 * `/p/:project` reads `useProject().open` for the id (it throws elsewhere) and `card` for what is known of it.
 */
import { defineStore } from 'pinia';
import { computed, nextTick, shallowRef, watch } from 'vue';
import { useRoute } from 'vue-router';
import type { LibraryFacets } from '#app/contract/library.ts';
import type { AppError } from '#app/domain/errors.ts';
import { AppError as ErrorOfApp } from '#app/domain/errors.ts';
import { projectId } from '#app/domain/id-of.ts';
import type { ProjectId } from '#app/domain/ids.ts';
import { core } from '../bridge/client.ts';
import { followSnapshot } from '../bridge/snapshot.ts';
import { useProjects } from './projects.ts';

export const useProject = defineStore('project', () => {
  const route = useRoute();
  const projects = useProjects();
  const id = computed<ProjectId | null>(() => {
    const written = route.params['project'];
    return typeof written === 'string' && /^[1-9]\d{0,14}$/.test(written) ? projectId(Number(written)) : null;
  });
  const open = computed<ProjectId>(() => {
    if (id.value === null) throw new ErrorOfApp('window.no-project', 'No project is open.', { kind: 'bug' });
    return id.value;
  });
  const last = shallowRef<ProjectId | null>(null);
  /** The open one; on screens that belong to no project the one that people come from, whose screens stay at hand. */
  const near = computed<ProjectId | null>(() => {
    if (id.value !== null) return id.value;
    if (route.name === 'projects' || last.value === null) return null;
    return projects.byId.has(last.value) ? last.value : null;
  });
  const card = computed(() => (id.value === null ? null : (projects.byId.get(id.value) ?? null)));
  const nearCard = computed(() => (near.value === null ? null : (projects.byId.get(near.value) ?? null)));
  /** Photos, labelled, flagged and so on; null until the first answer. */
  const facets = shallowRef<LibraryFacets | null>(null);
  const error = shallowRef<AppError | null>(null);

  const follow = followSnapshot({
    load: async () => (id.value === null ? null : core.library.facets({ project: id.value })),
    seq: (value) => value?.seq ?? 0,
    apply: (value) => {
      facets.value = value;
      error.value = null;
    },
    concerns: (event) =>
      (event.type === 'photos' ||
        event.type === 'labels' ||
        event.type === 'classes' ||
        event.type === 'splits' ||
        event.type === 'predictions') &&
      event.project === id.value,
    canWait: ({ type }) => type === 'labels',
    onError: (failure) => {
      error.value = failure;
    },
  });
  watch(
    id,
    (now) => {
      facets.value = null;
      if (now !== null) last.value = now;
      // The screen that is being opened asks first: it is looked at sooner than the counts.
      void nextTick(() => {
        if (now !== id.value) return;
        follow.again();
        // Only for the order of the list: a failure there changes nothing here.
        if (now !== null) core.projects.open({ project: now }).catch(() => undefined);
      });
    },
    { immediate: true },
  );
  return { id, open, card, near, nearCard, facets, error };
});
