import { describe, expect, it } from 'vitest';
import type { RunProgress } from '#app/contract/events.ts';
import { runId } from '#app/domain/id-of.ts';
import { progressWords } from './progress-words.ts';

const training: RunProgress = {
  run: runId(1),
  progress: { phase: 'training', done: 50, total: 100 },
  epoch: 11,
  epochs: 30,
  secondsLeft: 190,
  imagesPerSecond: 48.4,
};

describe('progressWords', () => {
  it('says the epoch that is being worked on, and the share of all epochs', () => {
    expect(progressWords(training)).toEqual({
      phase: 'Training',
      place: 'epoch 12 of 30',
      left: '3 min left',
      speed: '48 photos/s',
      share: 11.5 / 30,
    });
  });

  it('counts photos before there are epochs', () => {
    const words = progressWords({
      ...training,
      progress: { phase: 'features', done: 1200, total: 4800 },
      epoch: null,
      secondsLeft: null,
      imagesPerSecond: null,
    });
    expect(words).toMatchObject({ place: '1,200 of 4,800', left: '', speed: '', share: 0.25 });
  });

  it('does not guess where nothing is known', () => {
    expect(progressWords(null)).toMatchObject({ phase: 'Starting', share: null });
    expect(progressWords({ ...training, progress: { phase: 'probe', done: 0, total: null } }).share).toBeNull();
  });
});
