/** How far a run has come, told a few times a second. */
import type { EngineEvent } from '#app/contract/engine.ts';
import type { RunProgress } from '#app/contract/events.ts';
import type { RunId } from '#app/domain/ids.ts';
import { timeLeft } from './time-left.ts';

/** Faster than anybody reads is only work. */
const MILLISECONDS = 250;

export interface ProgressOf {
  readonly run: RunId;
  readonly epochs: number;
  readonly trainPhotos: number;
}

export interface RunProgressTeller {
  take(event: EngineEvent): void;
  current(): RunProgress | null;
  /** Nothing is told any more. */
  end(): void;
}

export function tellProgress(
  { run, epochs, trainPhotos }: ProgressOf,
  tell: (progress: RunProgress) => void,
  /** Milliseconds of a clock that nobody sets: one put back would hold everything back until it catches up. */
  now: () => number = () => performance.now(),
): RunProgressTeller {
  const left = timeLeft(now);
  let epoch: number | null = null;
  let current: RunProgress | null = null;
  let toldAt = -Infinity;
  let later: NodeJS.Timeout | null = null;

  function say(): void {
    if (later !== null) clearTimeout(later);
    later = null;
    toldAt = now();
    if (current !== null) tell(current);
  }

  function change(next: RunProgress, atOnce: boolean): void {
    current = next;
    const wait = toldAt + MILLISECONDS - now();
    if (atOnce || wait <= 0) say();
    else later ??= setTimeout(say, wait);
  }

  return {
    take: (event) => {
      if (event.type === 'epoch') {
        epoch = event.epoch;
        if (current !== null) change({ ...current, epoch }, true);
      } else if (event.type === 'progress') {
        const { phase, done, total } = event;
        const seconds = left.next(done, total);
        const rest = total - done;
        const perSecond = seconds === null || seconds === 0 || rest <= 0 ? null : rest / seconds;
        // Training counts batches, all else photos or fits.
        const photosEach = phase === 'training' ? (trainPhotos * epochs) / total : phase === 'probe' ? null : 1;
        const next = {
          run,
          progress: { phase, done, total },
          epoch,
          epochs,
          // Before the epochs nobody knows how long they will take.
          secondsLeft: phase === 'training' || phase === 'evaluating' ? seconds : null,
          imagesPerSecond: perSecond === null || photosEach === null ? null : perSecond * photosEach,
        };
        change(next, current?.progress.phase !== phase);
      }
    },
    current: () => current,
    end: () => {
      if (later !== null) clearTimeout(later);
      later = null;
      current = null;
    },
  };
}
