import { AppError } from '#app/domain/errors.ts';
import { EngineError } from '#native-models/errors.ts';

/** Null where it was refused with words; whatever else is thrown is an error of the program's own. */
export function refused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof EngineError || (error instanceof AppError && error.kind === 'expected')) return null;
    throw error;
  }
}
