/** The view that the address asks for, its rows as far as they were looked at, and what is chosen in it. */
import { computed, onBeforeUnmount, shallowRef, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { PhotoRow } from '#app/contract/library.ts';
import type { AppError } from '#app/domain/errors.ts';
import type { PhotoId } from '#app/domain/ids.ts';
import { core } from '../../bridge/client.ts';
import { onEvent, onFresh } from '../../bridge/events.ts';
import { toAppError } from '../../bridge/to-app-error.ts';
import { SliceCache } from '../../composables/slice-cache.ts';
import { useProject } from '../../stores/project.ts';
import type { Choice } from './filter.ts';
import { choiceOf, filterOf, isNarrow, queryOf } from './filter.ts';
import type { Selection } from './selection.ts';
import { carriedOver, nothing } from './selection.ts';

const SLICE = 200;
/** Many small changes in a row are looked at once. */
const REFRESH_MS = 40;
/** While an import goes on the list grows; looking at it more often than this only makes it restless. */
const REOPEN_MS = 1500;

export function useLibrary() {
  const route = useRoute();
  const router = useRouter();
  const project = useProject();
  const choice = computed(() => choiceOf(route.query));
  /** What of the address decides about the list; the photo that is looked at does not. */
  const wanted = computed(() => JSON.stringify(queryOf(choice.value)));

  const view = shallowRef<{ readonly id: number; readonly total: number } | null>(null);
  const ids = shallowRef<readonly PhotoId[]>([]);
  const selection = shallowRef<Selection>(nothing);
  const error = shallowRef<AppError | null>(null);
  /** Counts what arrives: cells read rows through functions. */
  const version = shallowRef(0);
  /** Photos changed, and the list may not be what the filter says any more. */
  const stale = shallowRef(false);
  let sight = { from: 0, to: SLICE };
  let opening = 0;
  let refreshTimer: ReturnType<typeof setTimeout> | undefined;
  let reopenTimer: ReturnType<typeof setTimeout> | undefined;

  const cache = new SliceCache<PhotoRow>(SLICE, async (from, to) => {
    if (view.value === null) return [];
    return core.library.rows({ view: view.value.id, from, to });
  });

  /** Opens the view anew; the old one stays until its first rows are there. */
  async function open(): Promise<void> {
    const mine = ++opening;
    const now = choice.value;
    try {
      const photos = now.confused === null ? undefined : await core.library.confused(now.confused);
      const filter = { ...filterOf(now), ...(photos === undefined ? {} : { photos: [...photos] }) };
      const opened = await core.library.view({ project: project.open, filter, sort: now.sort });
      const all = await core.library.ids({ view: opened.view, from: 0, to: opened.total });
      if (mine !== opening) return;
      selection.value = carriedOver(selection.value, ids.value, all);
      view.value = { id: opened.view, total: opened.total };
      ids.value = all;
      stale.value = false;
      error.value = null;
      cache.clear();
      await cache.load(Math.min(sight.from, opened.total), Math.min(sight.to, opened.total));
      version.value += 1;
    } catch (thrown) {
      if (mine === opening) error.value = toAppError(thrown);
    }
  }

  async function look(from: number, to: number): Promise<void> {
    sight = { from, to };
    const end = Math.min(to, view.value?.total ?? 0);
    if (end <= from) return;
    await reading(() => cache.load(from, end));
  }

  async function reading(work: () => Promise<boolean>): Promise<void> {
    try {
      if (await work()) version.value += 1;
    } catch (thrown) {
      const failure = toAppError(thrown);
      if (failure.code === 'library.view-gone') await open();
      else error.value = failure;
    }
  }

  async function refresh(): Promise<void> {
    clearTimeout(refreshTimer);
    refreshTimer = undefined;
    await reading(() => cache.refresh(sight.from, sight.to));
  }

  function refreshSoon(): void {
    refreshTimer ??= setTimeout(() => void refresh(), REFRESH_MS);
  }

  function reopenSoon(): void {
    reopenTimer ??= setTimeout(() => {
      reopenTimer = undefined;
      void open();
    }, REOPEN_MS);
  }

  function show(changes: Partial<Choice>): void {
    void router.push({ query: queryOf({ ...choice.value, ...changes }) });
  }

  const ends = [
    onFresh(() => void open()),
    onEvent('labels', (event) => {
      if (event.project !== project.id) return;
      stale.value = isNarrow(choice.value);
      refreshSoon();
    }),
    onEvent('photos', (event) => {
      if (event.project !== project.id) return;
      if (event.photos === null) reopenSoon();
      else {
        stale.value = isNarrow(choice.value);
        refreshSoon();
      }
    }),
    onEvent('classes', (event) => {
      if (event.project === project.id) refreshSoon();
    }),
    onEvent('splits', (event) => {
      if (event.project === project.id) refreshSoon();
    }),
    onEvent('predictions', (event) => {
      if (event.project === project.id) reopenSoon();
    }),
  ];
  watch(wanted, () => {
    sight = { from: 0, to: SLICE };
    void open();
  });
  onBeforeUnmount(() => {
    for (const end of ends) end();
    clearTimeout(refreshTimer);
    clearTimeout(reopenTimer);
    opening += 1;
  });

  /** What the keys act on: the chosen photos, else the one under the cursor. */
  const targets = computed<readonly PhotoId[]>(() => {
    const { photos, cursor } = selection.value;
    if (photos.size > 0) return [...photos];
    const at = cursor === null ? undefined : ids.value[cursor];
    return at === undefined ? [] : [at];
  });
  const total = computed(() => view.value?.total ?? 0);

  return {
    choice,
    view,
    total,
    ids,
    selection,
    targets,
    error,
    version,
    stale,
    rowAt: (place: number): PhotoRow | null => cache.at(place),
    look,
    open,
    refresh,
    show,
  };
}
