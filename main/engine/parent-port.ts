/**
 * What Electron gives its utility processes, as far as core and engine use it. Both run under plain Node as well, where
 * there is none, so Electron's own types (which say that there always is one) are not used.
 */

/** A MessagePort of another process. Messages wait until `start`. */
export interface ProcessPort {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
}

export interface ParentPort {
  on(
    event: 'message',
    listener: (event: { readonly data: unknown; readonly ports: readonly ProcessPort[] }) => void,
  ): unknown;
  postMessage(message: unknown): void;
}

export function parentPort(host: { readonly parentPort?: ParentPort } = process): ParentPort | null {
  return host.parentPort ?? null;
}
