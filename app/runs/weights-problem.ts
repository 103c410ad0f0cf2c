/** Why a run cannot have its backbone in the precision that it was asked for. */
import { deviceTitles } from '../domain/device.ts';
import { AppError } from '../domain/errors.ts';
import type { RunPlan } from '../domain/run-config.ts';

export function weightsProblem({ provider, weights }: Pick<RunPlan, 'provider' | 'weights'>): AppError | null {
  if (weights !== 'int8' || provider === 'cpu') return null;
  return new AppError(
    'train.weights',
    `A backbone in 8 bits can be computed on the CPU alone, and this run would be on ${deviceTitles[provider]}. ` +
      'Nothing was started. Choose the CPU (--device cpu, or Device under "More settings, This machine"), or weights as they are.',
    { data: { device: provider } },
  );
}
