/** The one error type of the training engine. Codes are stable dotted names; messages may change, codes do not. */
export type EngineErrorData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export class EngineError extends Error {
  override readonly name = 'EngineError';
  /** Stable dotted name such as `safetensors.overlap`; its first part says which part of the engine refused. */
  readonly code: string;
  /** What the message names, in a form that a program can read. */
  readonly data: EngineErrorData;

  constructor(code: string, message: string, options: { data?: EngineErrorData; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.data = options.data ?? {};
  }
}
