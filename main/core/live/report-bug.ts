import type { AppError } from '#app/domain/errors.ts';

/** For whoever runs the program; the person at the window gets the message without the stack. */
export function reportBug(error: AppError): void {
  const { cause, message, stack } = error;
  process.stderr.write(`${(cause instanceof Error ? cause.stack : stack) ?? message}\n`);
}
