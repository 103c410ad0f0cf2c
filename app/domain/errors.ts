/**
 * The one error type that crosses layers and processes.
 *
 * `expected` errors are part of normal use (a folder is gone, a file is not a photo) and their message is written for
 * the person at the screen: what happened, what is kept, what to do. `cancelled` is the answer to a request to stop.
 * Everything else is a `bug`.
 */
export type ErrorKind = 'expected' | 'bug' | 'cancelled';

export type ErrorData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface PlainError {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly data: ErrorData;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  /** Stable dotted name such as `photos.folder-empty`; messages may change, codes do not. */
  readonly code: string;
  readonly kind: ErrorKind;
  readonly data: ErrorData;

  constructor(code: string, message: string, options: { kind?: ErrorKind; data?: ErrorData; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = options.kind ?? 'expected';
    this.data = options.data ?? {};
  }

  /** What survives a process boundary: everything but the stack and the cause. */
  toPlain(): PlainError {
    return { code: this.code, kind: this.kind, message: this.message, data: this.data };
  }

  static fromPlain(plain: PlainError): AppError {
    return new AppError(plain.code, plain.message, { kind: plain.kind, data: plain.data });
  }
}

/** Any thrown value as an AppError; what is not one already is a bug and keeps its cause. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal', message, { kind: 'bug', cause: thrown });
}

export function cancelled(what: string): AppError {
  return new AppError('cancelled', `${what} was stopped.`, { kind: 'cancelled' });
}
