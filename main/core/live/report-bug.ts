import type { AppError } from '#app/domain/errors.ts';

/** For whoever runs the program; the person at the window gets the message without the stack. */
export function reportBug(error: AppError): void {
  const { cause, code, message, stack } = error;
  process.stderr.write(`${code}: ${message}\n${(cause instanceof Error ? cause.stack : stack) ?? ''}\n`);
}
