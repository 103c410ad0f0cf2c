/** Lack of memory as those who ran out of it tell it: V8, the C++ runtime, ONNX Runtime, Node, drivers of graphics cards. */
import type { ErrorData } from '#app/domain/errors.ts';
import { AppError } from '#app/domain/errors.ts';

const WORDS =
  /bad_alloc|out of memory|failed to allocate memory|allocation failed|memory allocation (of .+ )?failed|ERR_MEMORY_ALLOCATION_FAILED|OutOfMemory|E_OUTOFMEMORY|ENOMEM/i;

export const tellsOfMemory = (words: string): boolean => WORDS.test(words);

export function outOfMemory(data: ErrorData, cause?: unknown): AppError {
  return new AppError(
    'engine.out-of-memory',
    'The engine ran out of memory. Everything stored is kept; a training run can be resumed from its last checkpoint. ' +
      'Close other programs before that, or start another run with a smaller batch, fewer adapted blocks or a smaller backbone.',
    { kind: 'expected', data, ...(cause === undefined ? {} : { cause }) },
  );
}
