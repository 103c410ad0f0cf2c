/** The list that is labelled through, its rows, and the acts on the photo that is shown, wired to the core and the address. */
import { computed, onBeforeUnmount, shallowRef, watch } from 'vue';
import { onBeforeRouteLeave, useRoute, useRouter } from 'vue-router';
import type { ClassView } from '#app/contract/labels.ts';
import type { AppError } from '#app/domain/errors.ts';
import { readIds } from '#app/domain/id-list.ts';
import type { PhotoId } from '#app/domain/ids.ts';
import { core } from '../../bridge/client.ts';
import { onEvent, onFresh } from '../../bridge/events.ts';
import { toAppError } from '../../bridge/to-app-error.ts';
import { useNotices } from '../../composables/notices.ts';
import { useEdits } from '../../stores/edits.ts';
import { useProject } from '../../stores/project.ts';
import { NEIGHBOURS } from './preload.ts';
import { createRows } from './rows.ts';
import { createSession } from './session.ts';
import { needsPack, packOf, photoOf, queryOf, sameSource, sourceOf, viewOf } from './source.ts';
import type { Source } from './source.ts';

/** Rows are asked for in stretches of this length. */
const STRETCH = 16;
/** Of staying at a photo. */
const ADDRESS_AFTER_MS = 500;
/** More are not read in one go by the core. */
const MOST_AT_ONCE = 1000;

/** `say` is for those who listen, `show` for what cannot be seen on the photo. */
export function useLabelling(say: (words: string) => void, show: (words: string) => void) {
  const route = useRoute();
  const router = useRouter();
  const project = useProject();
  const edits = useEdits();
  const { notifyError } = useNotices();

  const source = shallowRef<Source>(sourceOf(route.query));
  const pack = computed(() => packOf(source.value, project.facets?.packs ?? []));
  const packId = computed(() => pack.value?.pack ?? null);
  const state = shallowRef<'loading' | 'ready' | 'failed'>('loading');
  const error = shallowRef<AppError | null>(null);
  let opening = 0;

  const session = createSession((thrown) => notifyError(thrown));
  const { photos, position, current } = session;
  const rows = createRows(
    async (ids) =>
      await core.library.rowsOf({ project: project.open, photos: ids.slice(0, MOST_AT_ONCE), pack: packId.value }),
    (thrown) => notifyError(thrown),
  );
  const opinions = createRows(
    (ids) => Promise.all(ids.map((photo) => core.library.photo({ photo }))),
    // The row of classes goes without bars then.
    () => undefined,
  );

  async function open(at: PhotoId | null): Promise<void> {
    const mine = ++opening;
    state.value = 'loading';
    error.value = null;
    const view = viewOf(source.value, packId.value);
    try {
      const list = view === null ? [] : await idsOf(view);
      const known = at === null || list.includes(at) || (await exists(at));
      if (mine !== opening) return;
      rows.clear();
      opinions.clear();
      session.open(list, known ? at : null);
      state.value = 'ready';
    } catch (thrown) {
      if (mine !== opening) return;
      error.value = toAppError(thrown);
      state.value = 'failed';
    }
  }

  async function idsOf(view: NonNullable<ReturnType<typeof viewOf>>): Promise<readonly PhotoId[]> {
    const { view: id, total } = await core.library.view({ project: project.open, ...view });
    return total === 0 ? [] : readIds(await core.library.ids({ view: id, from: 0, to: total }));
  }

  /** An address may name a photo of another project, or one that was never there. */
  async function exists(photo: PhotoId): Promise<boolean> {
    try {
      return (await core.library.rowsOf({ project: project.open, photos: [photo], pack: null })).length === 1;
    } catch {
      return false;
    }
  }

  // What a pack says is known once the facets are there.
  const canOpen = computed(() => project.id !== null && (!needsPack(source.value.from) || project.facets !== null));
  const what = computed(() =>
    JSON.stringify([project.id, queryOf(source.value, null), needsPack(source.value.from) ? packId.value : null]),
  );
  watch(
    [what, canOpen],
    () => {
      if (canOpen.value) void open(photoOf(route.query));
    },
    { immediate: true },
  );

  function choose(next: Source): void {
    clearTimeout(timer);
    void router.push({ query: queryOf(next, null) });
  }
  watch(
    () => route.query,
    (query) => {
      if (route.name !== 'label') return;
      const next = sourceOf(query);
      if (!sameSource(next, source.value)) source.value = next;
    },
  );

  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = (): void => clearTimeout(timer);
  function writeAddress(): void {
    ended();
    if (route.name === 'label' && !leaving) void router.replace({ query: queryOf(source.value, current.value) });
  }
  let leaving = false;
  // The next screen may still be loading: an address that is written now would call the person back.
  onBeforeRouteLeave(() => {
    leaving = true;
    ended();
  });
  watch([current, state], () => {
    if (state.value !== 'ready' || leaving) return;
    clearTimeout(timer);
    timer = setTimeout(writeAddress, ADDRESS_AFTER_MS);
  });

  const around = computed(() => {
    const from = Math.floor(position.value / STRETCH) * STRETCH;
    return photos.value.slice(Math.max(0, from - STRETCH), from + 2 * STRETCH);
  });
  watch(around, (now) => rows.want(now));
  const row = computed(() => rows.row(current.value));
  const hasOpinion = computed(() => (row.value?.suggestion ?? null) !== null);
  watch([current, hasOpinion], () => {
    if (!hasOpinion.value) return;
    const next = photos.value[position.value + 1];
    opinions.want([...(current.value === null ? [] : [current.value]), ...(next === undefined ? [] : [next])]);
  });
  const probabilities = computed<ReadonlyMap<string, number> | null>(() => {
    const by = row.value?.suggestion?.pack;
    const said = opinions.row(current.value)?.opinions.find((one) => 'pack' in one.by && one.by.pack === by);
    return by === undefined || said === undefined
      ? null
      : new Map(said.classes.map(({ name, probability }) => [name, probability]));
  });

  const ahead = computed(() =>
    NEIGHBOURS.flatMap((step) => {
      const near = rows.row(photos.value[position.value + step] ?? null);
      return near === null ? [] : [near];
    }),
  );

  const heard = [
    onEvent('labels', (event) => {
      if (event.project === project.id) rows.expire(event.photos);
    }),
    onEvent('photos', (event) => {
      if (event.project === project.id) rows.expire(event.photos);
    }),
    onEvent('predictions', (event) => {
      if (event.project !== project.id) return;
      rows.expire(null);
      opinions.expire(null);
    }),
    onFresh(() => rows.expire(null)),
  ];
  onBeforeUnmount(() => {
    ended();
    opening++;
    rows.clear();
    opinions.clear();
    for (const end of heard) end();
  });

  const where = (photo: PhotoId): string => `${photos.value.indexOf(photo) + 1} of ${photos.value.length}`;

  return {
    source,
    pack,
    state,
    error,
    session,
    rows,
    row,
    ahead,
    probabilities,
    choose,
    again: () => open(current.value),
    label(one: Pick<ClassView, 'id' | 'name'>): boolean {
      return session.act({
        leaves: 'decided',
        send: async (photo) => {
          await edits.act(project.open, core.labels.set({ project: project.open, photos: [photo], class: one.id }));
          return () => {
            rows.patch(photo, { classId: one.id });
            say(`${one.name}, ${where(photo)}`);
          };
        },
      });
    },
    /** Makes the class and gives it. */
    labelNew(name: string): boolean {
      return session.act({
        leaves: 'decided',
        send: async (photo) => {
          const { class: made } = await edits.act(project.open, core.classes.add({ project: project.open, name }));
          await edits.act(project.open, core.labels.set({ project: project.open, photos: [photo], class: made.id }));
          return () => {
            rows.patch(photo, { classId: made.id });
            say(`${made.name}, ${where(photo)}`);
          };
        },
      });
    },
    clear(): boolean {
      return session.act({
        leaves: 'open',
        send: async (photo) => {
          await edits.act(project.open, core.labels.set({ project: project.open, photos: [photo], class: null }));
          return () => {
            rows.patch(photo, { classId: null });
            say(`No label, ${where(photo)}`);
          };
        },
      });
    },
    accept(): boolean {
      const suggestion = rows.row(session.shown.value)?.suggestion ?? null;
      if (suggestion === null) return false;
      return session.act({
        leaves: 'decided',
        send: async (photo) => {
          await edits.act(
            project.open,
            core.labels.accept({ project: project.open, photos: [photo], pack: suggestion.pack }),
          );
          return () => {
            if (suggestion.classId !== null) rows.patch(photo, { classId: suggestion.classId });
            say(`${suggestion.className} accepted, ${where(photo)}`);
          };
        },
      });
    },
    flag(): boolean {
      return session.act({
        leaves: 'same',
        send: async (photo) => {
          const flagged = rows.row(photo)?.flagged !== true;
          await edits.act(project.open, core.labels.flag({ project: project.open, photos: [photo], flagged }));
          return () => {
            rows.patch(photo, { flagged });
            say(flagged ? 'Flagged' : 'Not flagged');
          };
        },
      });
    },
    exclude(): boolean {
      const excluded = rows.row(session.shown.value)?.excluded !== true;
      return session.act({
        leaves: excluded ? 'decided' : 'same',
        send: async (photo) => {
          await edits.act(project.open, core.labels.exclude({ project: project.open, photos: [photo], excluded }));
          return () => {
            rows.patch(photo, { excluded });
            say(excluded ? `Excluded, ${where(photo)}` : 'Not excluded any more');
          };
        },
      });
    },
    undo: () => takeStep('undo'),
    redo: () => takeStep('redo'),
  };

  function takeStep(which: 'undo' | 'redo'): void {
    session.step(async () => {
      const edited = await edits[which](project.open);
      rows.expire(edited.changed > edited.photos.length ? null : edited.photos);
      const now = await core.library.rowsOf({ project: project.open, photos: [...edited.photos], pack: null });
      for (const { id, classId, excluded } of now) session.settle(id, classId !== null || excluded);
      const words = `${which === 'undo' ? 'Undone' : 'Done again'}: ${edited.done.title}`;
      say(words);
      show(words);
      return edited.photos;
    });
  }
}
