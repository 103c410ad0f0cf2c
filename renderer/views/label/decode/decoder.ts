/** The page's end of the decoding worker. */
import type { Size } from '../zoom.ts';
import type { Decoded, Wish } from './messages.ts';

export interface Fitted {
  readonly bitmap: ImageBitmap;
  /** Of the file's own picture. */
  readonly size: Size;
}

export interface Decoder {
  /** Rejects where it cannot be decoded, and when `signal` is aborted. */
  decode(address: string, box: Size, signal: AbortSignal): Promise<Fitted>;
  close(): void;
}

/** What a `Worker` is to the decoder. */
export interface DecodingWorker {
  postMessage(wish: Wish): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<Decoded>) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
  terminate(): void;
}

export function startDecoder(): Decoder {
  return createDecoder(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
}

export function createDecoder(worker: DecodingWorker): Decoder {
  const asked = new Map<number, PromiseWithResolvers<Fitted>>();
  let last = 0;

  function failAll(why: string): void {
    for (const { reject } of asked.values()) reject(new Error(why));
    asked.clear();
  }

  worker.addEventListener('message', ({ data }) => {
    const one = asked.get(data.id);
    asked.delete(data.id);
    if ('problem' in data) one?.reject(new Error(data.problem));
    else if (one === undefined) data.bitmap.close();
    else one.resolve(data);
  });
  worker.addEventListener('error', () => failAll('The decoder broke off.'));

  return {
    decode(address, box, signal) {
      const id = ++last;
      const one = Promise.withResolvers<Fitted>();
      if (signal.aborted) {
        one.reject(signal.reason);
        return one.promise;
      }
      asked.set(id, one);
      signal.addEventListener('abort', () => {
        if (!asked.delete(id)) return;
        worker.postMessage({ id, forget: true });
        one.reject(signal.reason);
      });
      worker.postMessage({ id, address, box });
      return one.promise;
    },
    close() {
      worker.terminate();
      failAll('Nobody looks at photos any more.');
    },
  };
}
