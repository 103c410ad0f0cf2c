import type { EngineEvent, EngineJob, EngineResultOf } from '../contract/engine.ts';

export interface EngineRunOptions {
  /** Asks the engine to stop at the next micro-batch; a training run then resolves with status `stopped`, any other job rejects as cancelled. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: EngineEvent) => void;
}

/**
 * One job in an engine process of its own. Rejects with the engine's AppError, or with `engine.died` (data: exit code
 * or signal) when the process ended without an answer: a crash or a lack of memory ends one job and nothing else.
 */
export interface EnginePort {
  run<J extends EngineJob>(job: J, options?: EngineRunOptions): Promise<EngineResultOf<J['kind']>>;
}
