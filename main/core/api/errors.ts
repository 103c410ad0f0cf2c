/** Turns whatever a procedure throws into an error that crosses the wire whole. */
import { ORPCError, ValidationError } from '@orpc/server';
import { WIRE_CODE } from '#app/contract/wire-error.ts';
import { AppError, asAppError } from '#app/domain/errors.ts';

/** Stands around every call of a procedure: what a handler takes as one of its `clientInterceptors`. */
export type CallInterceptor = (call: {
  readonly input: unknown;
  readonly next: () => Promise<unknown>;
}) => Promise<unknown>;

/** Has to stand around all others. Bugs are told to `report` with their stack, which stays on this side. */
export function wireErrors(report: (error: AppError) => void): CallInterceptor {
  return async ({ next }) => {
    try {
      return await next();
    } catch (thrown) {
      const error = appErrorOf(thrown);
      if (error.kind === 'bug') report(error);
      throw new ORPCError(WIRE_CODE, { status: 500, message: error.message, data: error.toPlain() });
    }
  };
}

function appErrorOf(thrown: unknown): AppError {
  if (thrown instanceof ORPCError && thrown.cause instanceof ValidationError) {
    const problems = thrown.cause.issues.map(
      ({ message, path = [] }) =>
        `${path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')}: ${message}`,
    );
    return new AppError('contract.input', `The core was asked in a way it does not know: ${problems.join('; ')}`, {
      kind: 'bug',
      cause: thrown,
    });
  }
  return asAppError(thrown);
}
