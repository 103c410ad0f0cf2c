import type { BenchStepJob, EngineResultOf } from '#app/contract/engine.ts';
import { peakResidentBytes } from '#native-models/runtime/memory.ts';
import { runtimeVersion } from '#native-models/runtime/providers.ts';
import { benchStep } from '#native-models/train/step-bench.ts';
import type { JobHost } from '../jobs.ts';

export async function benchStepJob(
  job: BenchStepJob,
  { emit, checkStopped }: JobHost,
): Promise<EngineResultOf<'bench-step'>> {
  const { stepMilliseconds, gemmMilliseconds, stepGflop, gemmGflop } = await benchStep({
    ...job,
    onRepeat: async (done, total) => {
      emit({ type: 'progress', phase: 'timing', done, total });
      await checkStopped();
    },
  });
  return {
    kind: 'bench-step',
    stepMilliseconds: [...stepMilliseconds],
    gemmMilliseconds: [...gemmMilliseconds],
    stepGflop,
    gemmGflop,
    vmHwmBytes: peakResidentBytes(),
    runtime: runtimeVersion(),
  };
}
