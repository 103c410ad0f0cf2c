/**
 * The few globals that every host of app/ has (Node, Electron, browsers) and that ECMAScript itself does not name.
 * Only tsconfig.app.json sees this file, so app/ cannot use a global of one host alone by accident.
 */

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

declare var AbortSignal: { any(signals: Iterable<AbortSignal>): AbortSignal };

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare var AbortController: { new (): AbortController };

interface TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare var TextEncoder: { new (): TextEncoder };

interface TextDecoder {
  decode(bytes: Uint8Array): string;
}

declare var TextDecoder: { new (label?: 'utf-8', options?: { fatal?: boolean }): TextDecoder };
