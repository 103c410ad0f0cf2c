/** AppErrors as oRPC carries them: the code travels as data, whole, and is rebuilt at the other end. */
import { z } from 'zod';
import { AppError } from '../domain/errors.ts';

export const plainError = z.object({
  code: z.string(),
  kind: z.enum(['expected', 'bug', 'cancelled']),
  message: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string()).readonly()])),
});

/** The code under which oRPC carries them. */
export const WIRE_CODE = 'APP_ERROR';

/** The AppError inside an oRPC error's data, null where that is something else. */
export function fromWire(data: unknown): AppError | null {
  const parsed = plainError.safeParse(data);
  return parsed.success ? AppError.fromPlain(parsed.data) : null;
}
