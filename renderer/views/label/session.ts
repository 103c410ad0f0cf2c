/**
 * Labelling one photo after another. What was pressed belongs to the photo that was on the screen at that moment: acts
 * wait in one queue with their photo, are sent one by one, and the next photo comes when the core has committed.
 */
import { computed, shallowRef } from 'vue';
import type { PhotoId } from '#app/domain/ids.ts';

export interface Act {
  /** Resolves after the commit; what that gives is done in the same breath as going on, so that both are one frame. */
  readonly send: (photo: PhotoId) => Promise<() => void>;
  /** What is known of the photo afterwards: `decided` brings the next one, `open` asks for it again, `same` is a mark. */
  readonly leaves: 'decided' | 'open' | 'same';
}

/** Undo and redo: the photos that are other now, which need not be those on the screen. */
export type Step = () => Promise<readonly PhotoId[]>;

interface Waiting {
  readonly photo: PhotoId | null;
  readonly work: () => Promise<void>;
}

export type Session = ReturnType<typeof createSession>;

export function createSession(onFailed: (thrown: unknown, photo: PhotoId | null) => void) {
  const photos = shallowRef<readonly PhotoId[]>([]);
  /** One past the end when all have been gone through. */
  const position = shallowRef(0);
  const shown = shallowRef<PhotoId | null>(null);
  const decided = new Set<PhotoId>();
  const decidedCount = shallowRef(0);
  const waiting: Waiting[] = [];
  let working = false;

  const current = computed(() => photos.value[position.value] ?? null);
  const finished = computed(() => photos.value.length > 0 && position.value >= photos.value.length);

  function open(list: readonly PhotoId[], at: PhotoId | null): void {
    photos.value = list;
    position.value = 0;
    shown.value = null;
    decided.clear();
    decidedCount.value = 0;
    if (at !== null) show(at);
  }

  function settle(photo: PhotoId, isDecided: boolean): void {
    if (isDecided) decided.add(photo);
    else decided.delete(photo);
    decidedCount.value = decided.size;
  }

  function isDecided(photo: PhotoId): boolean {
    return decidedCount.value > 0 && decided.has(photo);
  }

  function go(to: number): void {
    position.value = Math.min(Math.max(to, 0), photos.value.length);
  }

  /** Goes to a photo; one that is not on the list is put in here, so that the way on is the same. */
  function show(photo: PhotoId): void {
    const at = photos.value.indexOf(photo);
    if (at >= 0) go(at);
    else photos.value = photos.value.toSpliced(position.value, 0, photo);
  }

  /** By `step` photos from the one on the screen. */
  function move(step: 1 | -1): void {
    const from = shown.value === null ? position.value : photos.value.indexOf(shown.value);
    go((from < 0 ? position.value : from) + step);
  }

  function nextOpen(from: number): number {
    const at = photos.value.findIndex((photo, place) => place >= from && !decided.has(photo));
    return at < 0 ? photos.value.length : at;
  }

  function goToOpen(): boolean {
    const at = nextOpen(0);
    if (at >= photos.value.length) return false;
    go(at);
    return true;
  }

  async function drain(): Promise<void> {
    if (working) return;
    working = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await next.work();
      } catch (thrown) {
        onFailed(thrown, next.photo);
      }
    }
    working = false;
  }

  /** Queues an act for the photo on the screen; false where there is none. */
  function act({ send, leaves }: Act): boolean {
    const photo = shown.value;
    if (photo === null) return false;
    waiting.push({
      photo,
      work: async () => {
        const show = await send(photo);
        show();
        if (leaves === 'same') return;
        settle(photo, leaves === 'decided');
        const correctionWaits = waiting.some((later) => later.photo === photo);
        if (leaves === 'decided' && current.value === photo && !correctionWaits) go(nextOpen(position.value + 1));
      },
    });
    void drain();
    return true;
  }

  /** Undo or redo, after everything that was pressed before it. A single photo that it changed comes to the screen. */
  function step(send: Step): void {
    waiting.push({
      photo: null,
      work: async () => {
        const [photo, ...others] = await send();
        if (photo !== undefined && others.length === 0) show(photo);
      },
    });
    void drain();
  }

  return {
    photos,
    position,
    current,
    finished,
    shown,
    decidedCount,
    open,
    settle,
    isDecided,
    go,
    show,
    move,
    goToOpen,
    act,
    step,
    /** Told by the screen when the current photo (or what stands for it) is painted. */
    painted: (photo: PhotoId | null): void => {
      shown.value = photo;
    },
  };
}
