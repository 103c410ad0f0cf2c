/** What a call to the core may throw, as the one error type of the program. */
import './no-eval.ts';
import { ORPCError } from '@orpc/client';
import type { AppError } from '#app/domain/errors.ts';
import { asAppError } from '#app/domain/errors.ts';
import { fromWire, WIRE_CODE } from '#app/contract/wire-error.ts';

export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof ORPCError && thrown.code === WIRE_CODE) {
    const carried = fromWire(thrown.data);
    if (carried !== null) return carried;
  }
  return asAppError(thrown);
}
