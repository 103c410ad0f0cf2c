/** What an engine process can be asked to do, each job mapped to the engine's own functions. */
import type { EngineEvent, EngineJob, EngineResult } from '#app/contract/engine.ts';
import { benchStepJob } from './jobs/bench-step.ts';
import { checkProviderJob } from './jobs/check-provider.ts';
import { doctorJob } from './jobs/doctor.ts';
import { exportOnnxJob } from './jobs/export-onnx.ts';
import { predictJob } from './jobs/predict.ts';
import { rateJob } from './jobs/rate.ts';
import { selfTestJob } from './jobs/self-test.ts';
import { stepJob } from './jobs/step.ts';
import { trainJob } from './jobs/train.ts';

export interface JobHost {
  readonly emit: (event: EngineEvent) => void;
  /** Rejects with EngineError `stopped` once the core asked for it; also lets messages in. */
  readonly checkStopped: () => Promise<void>;
}

export function runJob(job: EngineJob, host: JobHost): Promise<EngineResult> {
  switch (job.kind) {
    case 'train':
      return trainJob(job, host);
    case 'predict':
      return predictJob(job, host);
    case 'self-test':
      return selfTestJob(job);
    case 'export-onnx':
      return exportOnnxJob(job, host);
    case 'step':
      return stepJob(job, host);
    case 'bench-step':
      return benchStepJob(job, host);
    case 'doctor':
      return Promise.resolve(doctorJob());
    case 'rate':
      return rateJob(job);
    case 'check-provider':
      return checkProviderJob(job);
  }
}
