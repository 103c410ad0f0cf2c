import { EngineError } from '../errors.ts';

/** Training left the numbers; `epoch` counts from 1. */
export function diverged(epoch: number): EngineError {
  return new EngineError(
    'train.diverged',
    `Training diverged in epoch ${epoch}: the results are no numbers any more, because the learning rate is too high for these photos. ` +
      'The last checkpoint is kept; start a new run with a lower learning rate.',
    { data: { epoch } },
  );
}
