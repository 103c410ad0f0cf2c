/** The formats of native-models report their refusals in a type of their own; here they become errors for people. */
import type { ErrorData } from '#app/domain/errors.ts';
import { AppError } from '#app/domain/errors.ts';

interface FormatError {
  readonly code: string;
  readonly message: string;
}

/** Whether a reader of a format refused the file: `safetensors.overlap`, `npz.bomb`... */
export function isFormatError(error: unknown): error is Error & FormatError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && formats.test(error.code);
}

const formats = /^(?:safetensors|npz|checkpoint)\./;

/** AppError `code` in place of a refusal by a format; `kept` is a sentence about what is still there. Anything else is given back. */
export function formatProblem(error: unknown, code: string, kept: string, data: ErrorData = {}): unknown {
  if (!isFormatError(error)) return error;
  return new AppError(code, `${error.message} ${kept}`, { data: { ...data, reason: error.code }, cause: error });
}
