import { AppError, asAppError, cancelled } from '#app/domain/errors.ts';
import { EngineError } from '#native-models/errors.ts';

/** Faults of the program itself; everything else that the engine refuses has to do with what it was given. */
const BUGS = ['graph.', 'runtime.', 'reference.', 'train.data', 'train.gradient', 'data.pixels'];

export function appErrorOf(error: unknown): AppError {
  if (!(error instanceof EngineError)) return asAppError(error);
  if (error.code === 'stopped') return cancelled('The job');
  const kind = BUGS.some((prefix) => error.code.startsWith(prefix)) ? 'bug' : 'expected';
  return new AppError(error.code, error.message, { kind, data: error.data, cause: error });
}
