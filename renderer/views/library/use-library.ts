/** The view that the address asks for, its rows as far as they were looked at, and what is chosen in it. */
import { computed, onBeforeUnmount, shallowRef, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { PhotoRow } from '#app/contract/library.ts';
import type { AppError } from '#app/domain/errors.ts';
import { readIds } from '#app/domain/id-list.ts';
import type { PhotoId, ProjectId } from '#app/domain/ids.ts';
import { core } from '../../bridge/client.ts';
import { onEvent, onFresh } from '../../bridge/events.ts';
import { thumbAddress } from '../../bridge/media.ts';
import { thumbs } from '../../bridge/thumbs.ts';
import { toAppError } from '../../bridge/to-app-error.ts';
import { SliceCache } from '../../composables/slice-cache.ts';
import { useProject } from '../../stores/project.ts';
import { createAnswers } from './answers.ts';
import type { Choice } from './filter.ts';
import { choiceOf, filterOf, isNarrow, photoOf, queryOf } from './filter.ts';
import type { Selection } from './selection.ts';
import { carriedOver, choose, chooseAll, nothing, targetsOf } from './selection.ts';

const SLICE = 60;
/** More are not read in one answer by the core. */
const MOST_AT_ONCE = 960;
/** Slices that are read beyond what is in sight. */
const AHEAD = 3;
/**
 * What is not seen of a list that has just come waits for a pause, or until somebody goes further: whoever looks through
 * one filter after another waits for none of it. So long for the numbers of all photos of a long list,
 */
const NUMBERS_AFTER_MS = 1200;
/** and for rows beyond what is in sight. */
const AHEAD_AFTER_MS = 600;
/** To read a hundred thousand numbers in one go holds up two frames. */
const NUMBERS_AT_ONCE = 10_000;
const LONG_LIST = 1000;
/** Pictures that are not there by then are shown when they come. */
const PICTURES_WITHIN_MS = 50;
/** Many small changes in a row are looked at once. */
const REFRESH_MS = 40;
/** While an import goes on the list grows; looking at it more often than this only makes it restless. */
const REOPEN_MS = 1500;

export function useLibrary() {
  const route = useRoute();
  const router = useRouter();
  const project = useProject();
  /** While another screen is on its way, the address speaks of that one. */
  const choice = computed<Choice>((before) =>
    route.name === 'library' || before === undefined ? choiceOf(route.query) : before,
  );
  /** What of the address decides about the list; the photo that is looked at does not. */
  const wanted = computed(() => JSON.stringify(queryOf(choice.value)));

  const view = shallowRef<{ readonly id: number; readonly total: number } | null>(null);
  /** In the order of the list; for a moment after a list was opened only the first ones. */
  const ids = shallowRef<readonly PhotoId[]>([]);
  /** The address of the list that is shown: another one than `wanted` while a new list is on its way. */
  const shown = shallowRef<string | null>(null);
  const selection = shallowRef<Selection>(nothing);
  /** The photo under the cursor lies over the grid, alone. */
  const closer = shallowRef(false);
  const error = shallowRef<AppError | null>(null);
  /** Counts what arrives: cells read rows through functions. */
  const version = shallowRef(0);
  /** Photos changed, and the list may not be what the filter says any more. */
  const stale = shallowRef(false);
  let sight = { from: 0, to: SLICE };
  let opening = 0;
  /** Also to what was asked before the address was written, and to what may be asked next. */
  const answers = createAnswers<Awaited<ReturnType<typeof ask>>>();
  let led: PhotoId | null = null;
  /** All photos of the list that is shown, which may still be on their way when the first ones are there. */
  let everyId: Promise<unknown> = Promise.resolve();
  /** Somebody needs them now. */
  let hurry = (): void => undefined;
  let shownAt = -AHEAD_AFTER_MS;
  let aheadTimer: ReturnType<typeof setTimeout> | undefined;
  let refreshTimer: ReturnType<typeof setTimeout> | undefined;
  let reopenTimer: ReturnType<typeof setTimeout> | undefined;

  const readFrom = (id: number): SliceCache<PhotoRow> =>
    new SliceCache<PhotoRow>(SLICE, (from, to) => core.library.rows({ view: id, from, to }));
  let cache = readFrom(0);

  /** `first`: how many rows come with the answer. */
  async function ask(now: Choice, first: number) {
    const photos = now.confused === null ? undefined : await core.library.confused(now.confused);
    const filter = { ...filterOf(now), ...(photos === undefined ? {} : { photos: [...photos] }) };
    return core.library.view({ project: project.open, filter, sort: now.sort, first });
  }

  /** Another list than the one that is shown, with the rows that will be in sight. */
  function answerTo(now: Choice, asked: string): ReturnType<typeof ask> {
    const inSight = Math.ceil((sight.to - sight.from) / SLICE) * SLICE;
    return answers.to(asked, () => ask(now, Math.min(Math.max(SLICE, inSight), MOST_AT_ONCE)));
  }

  /** Opens the view anew; the old one stays until what is in sight of the new one is there. */
  async function open(): Promise<void> {
    const mine = ++opening;
    const [now, asked] = [choice.value, wanted.value];
    const another = asked !== shown.value;
    try {
      const opened = await (another ? answerTo(now, asked) : ask(now, 0));
      if (mine !== opening) return;
      const next = readFrom(opened.view);
      if (another) {
        next.begin(opened.rows);
        await picturesOf(opened.rows.slice(0, sight.to - sight.from));
        if (mine !== opening) return;
      }
      const isFree =
        photoOf(route.query) === led && selection.value.cursor === null && selection.value.photos.size === 0;
      const canWait = another && isFree && opened.total > LONG_LIST;
      const coming = canWait ? pause().then(() => (mine === opening ? allOf(opened) : [])) : allOf(opened);
      if (another && isFree) {
        // What is seen does not wait for the numbers of what is not.
        const known = opened.rows.map(({ id }) => id);
        shownAt = performance.now();
        present(next, opened, known);
        shown.value = asked;
      }
      const sought = another ? null : next.load(Math.min(sight.from, opened.total), Math.min(sight.to, opened.total));
      const there = Promise.all([coming, sought]);
      everyId = there.then(
        ([all]) => {
          if (mine === opening && cache === next) ids.value = all;
        },
        () => undefined,
      );
      const [all] = await there;
      if (mine !== opening) return;
      if (cache !== next) {
        selection.value = ledTo(all) ?? carriedOver(selection.value, ids.value, all);
        present(next, opened, all);
        shown.value = asked;
      }
    } catch (thrown) {
      if (mine !== opening) return;
      error.value = toAppError(thrown);
      if (error.value.code !== 'library.view-gone') return;
      // Its answer was kept for longer than the core keeps the list itself.
      answers.forget();
      await open();
    }
  }

  /** Rows and their pictures come in one frame where that takes no longer than a second frame would. */
  async function picturesOf(rows: readonly PhotoRow[]): Promise<void> {
    const coming = rows.flatMap(({ id, hash, state }) => {
      const source = hash === null || state !== 'ok' ? '' : thumbs.source(thumbAddress(id, hash));
      return typeof source === 'string' ? [] : [source];
    });
    if (coming.length === 0) return;
    await Promise.race([Promise.all(coming), new Promise((resolve) => setTimeout(resolve, PICTURES_WITHIN_MS))]);
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      hurry = resolve;
      setTimeout(resolve, NUMBERS_AFTER_MS);
    });
  }

  /** Does `act` at once where it is known which photo is at `place`, else when it is. */
  function atPlace(place: number, act: () => void): Promise<void> | undefined {
    if (ids.value[place] === undefined && place < total.value) return allKnown().then(act);
    act();
    return undefined;
  }

  async function allKnown(): Promise<void> {
    hurry();
    // Where it fails, `open` says so.
    await everyId;
  }

  async function allOf({ view: id, total: photos }: { readonly view: number; readonly total: number }) {
    const all: PhotoId[] = [];
    for (let from = 0; from < photos; from += NUMBERS_AT_ONCE) {
      const to = Math.min(from + NUMBERS_AT_ONCE, photos);
      all.push(...readIds(await core.library.ids({ view: id, from, to })));
    }
    return all;
  }

  function present(
    rows: SliceCache<PhotoRow>,
    opened: { readonly view: number; readonly total: number },
    known: readonly PhotoId[],
  ): void {
    cache = rows;
    view.value = { id: opened.view, total: opened.total };
    ids.value = known;
    stale.value = false;
    error.value = null;
    version.value += 1;
  }

  /** Once for each address that leads to a photo: from then on the cursor is the person's. */
  function ledTo(all: readonly PhotoId[]): Selection | null {
    const photo = photoOf(route.query);
    if (photo === led) return null;
    led = photo;
    const place = photo === null ? -1 : all.indexOf(photo);
    return place === -1 ? null : choose(nothing, all, place, 'only');
  }

  async function look(from: number, to: number): Promise<void> {
    sight = { from, to };
    const end = Math.min(to, view.value?.total ?? 0);
    if (end <= from) return;
    await reading((rows) => rows.load(from, end));
    clearTimeout(aheadTimer);
    const wait = shownAt + AHEAD_AFTER_MS - performance.now();
    if (wait > 0 && from === 0) aheadTimer = setTimeout(() => void lookAhead(), wait);
    else await lookAhead();
  }

  /** What comes next if one goes on is there before it is seen. */
  async function lookAhead(): Promise<void> {
    const { from, to } = sight;
    const beyond = AHEAD * SLICE;
    await reading((rows) => rows.load(Math.max(0, from - beyond), Math.min(to + beyond, total.value)));
  }

  async function reading(work: (rows: SliceCache<PhotoRow>) => Promise<boolean>): Promise<void> {
    const from = cache;
    try {
      if ((await work(from)) && from === cache) version.value += 1;
    } catch (thrown) {
      if (from !== cache) return;
      const failure = toAppError(thrown);
      if (failure.code === 'library.view-gone') await open();
      else error.value = failure;
    }
  }

  /** What was asked of the core is shown before it answers; reading again shows what it made of it. */
  function paint(change: (row: PhotoRow) => PhotoRow): void {
    cache.change(change);
    version.value += 1;
  }

  async function chooseEvery(): Promise<void> {
    await allKnown();
    selection.value = chooseAll(selection.value, ids.value);
  }

  async function refresh(): Promise<void> {
    clearTimeout(refreshTimer);
    refreshTimer = undefined;
    await reading((rows) => rows.refresh(sight.from, sight.to));
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
    const now = { ...choice.value, ...changes };
    void beforehand(now);
    const query = queryOf(now);
    // A word is one step back in the history, not one a letter.
    if ((changes.text ?? '') !== '' && choice.value.text !== '') void router.replace({ query });
    else void router.push({ query });
  }

  /** Somebody is about to ask for it: rows and pictures are fetched, and nothing is shown. */
  async function foresee(changes: Partial<Choice>): Promise<void> {
    const opened = await beforehand({ ...choice.value, ...changes });
    if (opened !== null) await picturesOf(opened.rows.slice(0, sight.to - sight.from));
  }

  async function beforehand(now: Choice) {
    const asked = JSON.stringify(queryOf(now));
    // Where it fails, whoever asks for it is told.
    return asked === wanted.value ? null : answerTo(now, asked).catch(() => null);
  }

  /** What happens in this project; every kept answer may be another one after it. */
  function own<Event extends { readonly project: ProjectId }>(act: (event: Event) => void): (event: Event) => void {
    return (event) => {
      if (event.project !== project.id) return;
      answers.forget();
      act(event);
    };
  }

  const ends = [
    onFresh(() => {
      answers.forget();
      void open();
    }),
    onEvent(
      'labels',
      own(() => {
        stale.value = isNarrow(choice.value);
        refreshSoon();
      }),
    ),
    onEvent(
      'photos',
      own(({ photos }) => {
        if (photos === null) reopenSoon();
        else {
          stale.value = isNarrow(choice.value);
          refreshSoon();
        }
      }),
    ),
    onEvent('classes', own(refreshSoon)),
    onEvent('splits', own(refreshSoon)),
    onEvent('predictions', own(reopenSoon)),
  ];
  watch(wanted, () => void open());
  onBeforeUnmount(() => {
    for (const end of ends) end();
    clearTimeout(refreshTimer);
    clearTimeout(reopenTimer);
    clearTimeout(aheadTimer);
    opening += 1;
  });

  const targets = computed(() => targetsOf(selection.value, ids.value, closer.value));
  const total = computed(() => view.value?.total ?? 0);

  return {
    choice,
    view,
    total,
    ids,
    selection,
    closer,
    /** What the keys act on. */
    targets,
    error,
    version,
    stale,
    shown,
    rowAt: (place: number): PhotoRow | null => cache.at(place),
    /** Rows that were looked at and are still kept. */
    known: () => cache.known(),
    atPlace,
    chooseEvery,
    paint,
    look,
    open,
    refresh,
    show,
    foresee,
  };
}
