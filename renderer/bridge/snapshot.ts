/**
 * A value of the core that is kept true: loaded at the beginning of every event stream, and again when an event that
 * concerns it is newer than what was loaded. One load runs at a time; what arrives meanwhile leads to one more.
 *
 *   const follow = followSnapshot({
 *     load: () => core.projects.list(),
 *     apply: ({ projects }) => { cards.value = projects; },
 *     concerns: (event) => event.type === 'projects',
 *     onError: (error) => { failure.value = error; },
 *   });
 *   follow.again();   // e.g. after the project in the route changed
 *   follow.stop();
 */
import type { AppError } from '#app/domain/errors.ts';
import type { CoreEvent } from '#app/contract/events.ts';
import type { EventBus } from './event-bus.ts';
import { onAnyEvent, onFresh } from './events.ts';
import { toAppError } from './to-app-error.ts';

export interface Snapshot<T> {
  load(): Promise<T>;
  apply(value: T): void;
  concerns(event: CoreEvent): boolean;
  /** Of an event that concerns it: it comes in quick succession, so the value is loaded in the pause behind. */
  canWait?(event: CoreEvent): boolean;
  onError(error: AppError): void;
  /** The number of the last event that the value includes; without it every event that concerns it loads again. */
  seq?(value: T): number;
}

export interface Following {
  readonly again: () => void;
  readonly stop: () => void;
}

/** A single act is counted at once, behind what it shows. */
const SOON_MS = 100;
/** A pause in work that goes from key to key: counting in between would make the next key wait. */
const PAUSE_MS = 1000;
/** After so long without an act the next one is a single one again. */
const LULL_MS = 2000;
/** Who never pauses still sees it move. */
const LONGEST_MS = 10_000;

export function followSnapshot<T>(
  snapshot: Snapshot<T>,
  bus: Pick<EventBus, 'onAnyEvent' | 'onFresh'> = { onAnyEvent, onFresh },
): Following {
  let wanted = 0;
  let loading = false;
  let dirty = false;
  let stopped = false;
  /** Of the newest event that concerns it. */
  let told = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let waitingSince: number | null = null;
  let lastAct = Number.NEGATIVE_INFINITY;

  async function work(): Promise<void> {
    loading = true;
    do {
      dirty = false;
      const mine = wanted;
      try {
        const value = await snapshot.load();
        if (isStopped()) return;
        if (mine !== wanted) continue;
        snapshot.apply(value);
        if (snapshot.seq !== undefined && snapshot.seq(value) >= told) {
          dirty = false;
          endPause();
        }
      } catch (thrown) {
        if (isStopped()) return;
        if (mine === wanted) snapshot.onError(toAppError(thrown));
      }
    } while (isDirty());
    loading = false;
  }

  // Functions, because both change while the loop above waits.
  const isStopped = (): boolean => stopped;
  const isDirty = (): boolean => dirty;

  function again(): void {
    wanted += 1;
    soon();
  }

  function soon(): void {
    endPause();
    dirty = true;
    if (!loading) void work();
  }

  function afterPause(): void {
    const now = performance.now();
    waitingSince ??= now;
    const wait = now - lastAct > LULL_MS ? SOON_MS : PAUSE_MS;
    lastAct = now;
    clearTimeout(pause);
    pause = setTimeout(soon, Math.max(0, Math.min(wait, waitingSince + LONGEST_MS - now)));
  }

  function endPause(): void {
    clearTimeout(pause);
    waitingSince = null;
  }

  const ends = [
    bus.onFresh(() => {
      // Another core counts from the beginning.
      told = 0;
      again();
    }),
    bus.onAnyEvent((event) => {
      if (!snapshot.concerns(event)) return;
      told = event.seq;
      if (snapshot.canWait?.(event) === true) afterPause();
      else soon();
    }),
  ];
  return {
    again,
    stop() {
      stopped = true;
      endPause();
      for (const end of ends) end();
    },
  };
}
