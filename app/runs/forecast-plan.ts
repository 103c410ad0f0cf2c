/** What a run with this plan will take. */
import type { MemoryChoice } from '../domain/choose-memory.ts';
import type { Method, RunPlan } from '../domain/run-config.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Host, RunForecast } from '../ports/host.ts';

export interface PlannedNetwork {
  readonly backbone: StoredBackbone;
  readonly method: Method;
  readonly plan: RunPlan;
  readonly classes: number;
}

export function forecastPlan(
  host: Pick<Host, 'forecast'>,
  { backbone, method, plan, classes }: PlannedNetwork,
): RunForecast {
  const choice: MemoryChoice = {
    microBatch: plan.microBatch,
    packWeights: plan.memory?.packWeights ?? false,
    recompute: plan.memory?.recompute ?? 'none',
    evaluation: plan.memory?.evaluation ?? 'beside',
  };
  const { cache, weights = 'float32' } = plan;
  const network = { spec: backbone.spec, method, classes: Math.max(1, classes), cached: cache !== 'none', weights };
  return host.forecast({ ...network, ...choice });
}
