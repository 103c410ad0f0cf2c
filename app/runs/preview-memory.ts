/** Whether a run fits into the memory, and what would make it smaller. */
import type { TrainPreview } from '../contract/runs.ts';
import type { MemoryChoice } from '../domain/choose-memory.ts';
import { fitOf } from '../domain/choose-memory.ts';
import type { AskedPlan } from '../domain/choose-plan.ts';
import { methodFor } from '../domain/method-defaults.ts';
import type { Method, Recipe, RunPlan } from '../domain/run-config.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Host } from '../ports/host.ts';
import { planFor } from './prepare-run.ts';
import type { Selection } from './select-samples.ts';

export interface PreviewedNetwork {
  readonly backbone: StoredBackbone;
  readonly method: Method;
  readonly recipe: Recipe;
  readonly selection: Pick<Selection, 'samples' | 'classes'>;
}

/** `asked`: what the plan was chosen by. */
export function previewMemory(
  plan: RunPlan,
  asked: AskedPlan,
  network: PreviewedNetwork,
  host: Pick<Host, 'machine' | 'forecast'>,
): TrainPreview['memory'] {
  const { memory } = plan;
  if (memory === undefined) return null;
  const freeBytes = host.machine().freeMemoryBytes;
  const fit = fitOf(memory, freeBytes);
  const { peakBytes, budgetBytes } = memory;
  return {
    fit,
    peakBytes,
    budgetBytes,
    freeBytes,
    advice: fit === 'fits' ? [] : advice({ ...plan, memory }, asked, network, host),
  };
}

type PlannedRun = RunPlan & { readonly memory: NonNullable<RunPlan['memory']> };

/** Only what would really take less, with what it would take. */
function advice(
  plan: PlannedRun,
  asked: AskedPlan,
  { backbone, method, recipe, selection }: PreviewedNetwork,
  host: Pick<Host, 'machine' | 'forecast'>,
): readonly string[] {
  const { memory, microBatch, cache, weights = 'float32' } = plan;
  const { packWeights, recompute, evaluation } = memory;
  const present: MemoryChoice = { microBatch, packWeights, recompute, evaluation };
  const cached = cache !== 'none';
  const peak = (change: { method?: Method; cached?: boolean; choice?: MemoryChoice }): number =>
    host
      .forecast({
        spec: backbone.spec,
        method: change.method ?? method,
        classes: Math.max(1, selection.classes.length),
        cached: change.cached ?? cached,
        weights,
        ...(change.choice ?? present),
      })
      .peakBytes(selection.samples.length);
  const eight = weights === 'int8';
  const smallest: MemoryChoice = {
    microBatch: 1,
    packWeights: eight,
    recompute: 'attention',
    evaluation: 'alone',
  };
  const inEightBits = planFor({ backbone, plan: { ...asked, weights: 'int8' } }, method, recipe, selection, host);
  const usual = methodFor(method.name, backbone.spec);
  const offers = [
    {
      words: eight ? 'Photos one at a time' : 'Photos one at a time and nothing packed',
      bytes: peak({ choice: smallest }),
    },
    ...(eight || inEightBits.memory === undefined
      ? []
      : [
          {
            words: 'Backbone weights in 8 bits (--weights int8, or under "More settings")',
            bytes: inEightBits.memory.peakBytes,
          },
        ]),
    ...(cached || method.name === 'linear'
      ? []
      : [
          {
            words:
              recipe.augmentation === 'none'
                ? 'With room in the feature cache for the frozen features'
                : 'Without augmentation, so that frozen features are kept',
            bytes: peak({ cached: true }),
          },
        ]),
    { words: 'Adapting the usual blocks', bytes: peak({ method: usual }) },
    { words: 'A linear probe', bytes: peak({ method: { name: 'linear' } }) },
  ];
  const helpful = offers.filter(({ bytes }) => bytes < 0.97 * memory.peakBytes);
  return [
    ...helpful.map(({ words, bytes }) => `${words}: ${megabytes(bytes)}.`),
    'Close other programs, or choose a smaller backbone.',
  ];
}

function megabytes(value: number): string {
  return value < 1e9 ? `${Math.round(value / 1e6)} MB` : `${(value / 1e9).toFixed(1)} GB`;
}
