import type { EngineResultOf, StepJob } from '#app/contract/engine.ts';
import { writeAtomic } from '#native-models/formats/write-atomic.ts';
import { runStepFile } from '#native-models/train/step.ts';
import type { JobHost } from '../jobs.ts';

export async function stepJob(job: StepJob, { checkStopped }: JobHost): Promise<EngineResultOf<'step'>> {
  const { bytes, loss, losses, sideParameters } = await runStepFile({ ...job, checkStopped });
  await writeAtomic(job.output, bytes);
  return { kind: 'step', loss, losses: [...losses], sideParameters };
}
