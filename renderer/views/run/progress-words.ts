/** Where a run is, in one line that keeps its place while it counts. */
import type { RunProgress } from '#app/contract/events.ts';
import { phaseWords } from '../../components/phase-words.ts';
import { number, timeLeft } from '../../format.ts';

export interface ProgressWords {
  readonly phase: string;
  /** `epoch 12 of 30`, or how far the phase has come. */
  readonly place: string;
  readonly left: string;
  readonly speed: string;
  /** 0 to 1 of the whole run's epochs, or of the phase before there are any; null while nobody knows. */
  readonly share: number | null;
}

export function progressWords(progress: RunProgress | null): ProgressWords {
  if (progress === null) return { phase: 'Starting', place: '', left: '', speed: '', share: null };
  const { progress: now, epoch, epochs, secondsLeft, imagesPerSecond } = progress;
  const inPhase = now.total === null || now.total === 0 ? null : now.done / now.total;
  const training = now.phase === 'training' && epoch !== null;
  return {
    phase: phaseWords[now.phase],
    place: training
      ? `epoch ${Math.min(epoch + 1, epochs)} of ${epochs}`
      : now.total === null
        ? ''
        : `${number(now.done)} of ${number(now.total)}`,
    left: secondsLeft === null ? '' : timeLeft(secondsLeft),
    speed: imagesPerSecond === null ? '' : `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} photos/s`,
    share: training ? Math.min(1, (epoch + (inPhase ?? 0)) / epochs) : inPhase,
  };
}
