import type { ProgressPhase } from '#app/domain/progress.ts';

/** Phases of work as the person reads them. */
export const phaseWords: Readonly<Record<ProgressPhase, string>> = {
  scanning: 'Looking through folders',
  reading: 'Reading photos',
  backbone: 'Reading the backbone',
  rendering: 'Drawing photos',
  features: 'Computing features',
  probe: 'Fitting the linear probe',
  training: 'Training',
  evaluating: 'Evaluating',
  predicting: 'Predicting',
  exporting: 'Writing the ONNX file',
  timing: 'Timing',
  archiving: 'Copying photos',
  opening: 'Reading labels and runs',
  extracting: 'Putting photos into the folder',
  verifying: 'Checking what was written',
  backup: 'Copying the database',
};

/** Whether the amounts of a phase are photos. */
export function countsPhotos(phase: ProgressPhase): boolean {
  return ['reading', 'rendering', 'features', 'evaluating', 'predicting'].includes(phase);
}
