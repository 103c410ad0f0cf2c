/**
 * What is known of the photos around the current one. Old rows stay until new ones are there, so nothing flickers; how
 * many are kept is bounded.
 */
import { shallowRef } from 'vue';
import type { PhotoRow } from '#app/contract/library.ts';
import type { PhotoId } from '#app/domain/ids.ts';

const MOST_ROWS = 1000;
/**
 * Rows that may be old are read again in the pause after an act: who labels has seen its result already, and reading at
 * once would stand in the way of the next photo. So that others' changes come too, it is not put off for long.
 */
const PAUSE_MS = 150;
const LONGEST_MS = 1000;

export function createRows<Row extends PhotoRow>(
  load: (photos: readonly PhotoId[]) => Promise<readonly Row[]>,
  onFailed: (thrown: unknown) => void,
) {
  const known = new Map<PhotoId, Row>();
  /** Photos whose row is old or not there, and those asked for at the moment. */
  const stale = new Set<PhotoId>();
  const asked = new Set<PhotoId>();
  const version = shallowRef(0);
  let wanted: readonly PhotoId[] = [];
  let generation = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let waitingSince: number | null = null;

  function fetchAfterPause(): void {
    const now = performance.now();
    waitingSince ??= now;
    clearTimeout(pause);
    pause = setTimeout(
      () => {
        waitingSince = null;
        void fetchMissing();
      },
      Math.min(PAUSE_MS, Math.max(0, waitingSince + LONGEST_MS - now)),
    );
  }

  async function fetchMissing(): Promise<void> {
    const photos = wanted.filter((photo) => !asked.has(photo) && (!known.has(photo) || stale.has(photo)));
    if (photos.length === 0) return;
    const mine = generation;
    for (const photo of photos) {
      asked.add(photo);
      stale.delete(photo);
    }
    try {
      const rows = await load(photos);
      if (mine !== generation) return;
      for (const row of rows) keep(row);
      version.value++;
    } catch (thrown) {
      if (mine !== generation) return;
      for (const photo of photos) stale.add(photo);
      onFailed(thrown);
      return;
    } finally {
      if (mine === generation) for (const photo of photos) asked.delete(photo);
    }
    // What became old while it was under way.
    void fetchMissing();
  }

  function keep(row: Row): void {
    known.delete(row.id);
    known.set(row.id, row);
    for (const photo of known.keys()) {
      if (known.size <= MOST_ROWS) break;
      known.delete(photo);
    }
  }

  return {
    /** Null until it is there. */
    row(photo: PhotoId | null): Row | null {
      return version.value >= 0 && photo !== null ? (known.get(photo) ?? null) : null;
    },
    /** Which photos are around now: their rows are loaded where they are missing or old. */
    want(photos: readonly PhotoId[]): void {
      wanted = photos;
      void fetchMissing();
    },
    /** Null stands for all. */
    expire(photos: readonly PhotoId[] | null): void {
      for (const photo of photos ?? known.keys()) stale.add(photo);
      fetchAfterPause();
    },
    /** What the core has committed is shown before it is read again. */
    patch(photo: PhotoId, change: Partial<Pick<PhotoRow, 'classId' | 'flagged' | 'excluded'>>): void {
      const row = known.get(photo);
      if (row === undefined) return;
      known.set(photo, { ...row, ...change });
      version.value++;
    },
    clear(): void {
      generation++;
      clearTimeout(pause);
      waitingSince = null;
      known.clear();
      stale.clear();
      asked.clear();
      wanted = [];
      version.value++;
    },
  };
}
