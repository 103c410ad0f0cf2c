/** The real engine in this very process, where a test reaches what it stands on. Nobody can stop its jobs. */
import type { EngineJob, EngineResultOf } from '#app/contract/engine.ts';
import type { EnginePort } from '#app/ports/engine.ts';
import { appErrorOf } from '../../engine/errors.ts';
import { runJob } from '../../engine/jobs.ts';

export const inProcessEngine: EnginePort = {
  run: async <J extends EngineJob>(job: J, { onEvent }: Parameters<EnginePort['run']>[1] = {}) => {
    try {
      const result = await runJob(job, {
        emit: (event) => onEvent?.(event),
        checkStopped: async () => {
          await new Promise((resolve) => setImmediate(resolve));
        },
      });
      return result as EngineResultOf<J['kind']>;
    } catch (error) {
      throw appErrorOf(error);
    }
  },
};
