/** How far long work has come. `total` is null while nobody knows it. */
export interface Progress {
  readonly phase: ProgressPhase;
  readonly done: number;
  readonly total: number | null;
}

export type ProgressPhase =
  | 'scanning'
  | 'reading'
  | 'backbone'
  | 'rendering'
  | 'features'
  | 'probe'
  | 'training'
  | 'evaluating'
  | 'predicting'
  | 'exporting'
  | 'timing'
  | 'archiving'
  | 'opening'
  | 'extracting'
  | 'verifying'
  | 'backup';
