import type { EngineResultOf, SelfTestJob } from '#app/contract/engine.ts';
import { selfTestPixels } from '#native-models/data/self-test-inputs.ts';
import { Predictor } from '#native-models/infer/predictor.ts';
import { predictorOptions } from './network.ts';

/** One input at a time, so that the answer does not depend on how many there are. */
export async function selfTestJob(job: SelfTestJob): Promise<EngineResultOf<'self-test'>> {
  const options = predictorOptions(job.backbone, job.adapter, job.preprocessing, job.threads);
  const predictor = await Predictor.open({ ...options, batch: 1 });
  const logits: number[][] = [];
  for (let index = 0; index < job.inputs; index++) {
    logits.push(...(await predictor.logits([selfTestPixels(job.preprocessing.imageSize, index)])));
  }
  await predictor.close();
  return { kind: 'self-test', logits };
}
