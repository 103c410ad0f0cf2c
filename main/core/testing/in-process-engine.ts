/** The real engine in this very process, where a test reaches what it stands on. */
import type { EngineJob, EngineResultOf } from '#app/contract/engine.ts';
import type { EnginePort } from '#app/ports/engine.ts';
import { EngineError } from '#native-models/errors.ts';
import { appErrorOf } from '../../engine/errors.ts';
import { runJob } from '../../engine/jobs.ts';

export const inProcessEngine: EnginePort = {
  run: async <J extends EngineJob>(job: J, { signal, onEvent }: Parameters<EnginePort['run']>[1] = {}) => {
    try {
      const result = await runJob(job, {
        emit: (event) => onEvent?.(event),
        checkStopped: async () => {
          await new Promise((resolve) => setImmediate(resolve));
          if (signal?.aborted === true) throw new EngineError('stopped', 'asked to stop');
        },
      });
      return result as EngineResultOf<J['kind']>;
    } catch (error) {
      throw appErrorOf(error);
    }
  },
};
