/** Work that must not meet its like: whoever comes later waits. */
import { cancelled } from '#app/domain/errors.ts';

export interface Turns<Key> {
  /** Begins when all earlier work of this key has ended, however it ended. Throws `cancelled` where `signal` is aborted first. */
  take<T>(key: Key, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
}

export function createTurns<Key>(): Turns<Key> {
  const last = new Map<Key, Promise<void>>();
  return {
    take: async (key, signal, work) => {
      const before = last.get(key);
      let end = (): void => undefined;
      const own = new Promise<void>((resolve) => (end = resolve));
      // Who gives up waiting does not open the way for those behind.
      const turn = before === undefined ? own : before.then(() => own);
      last.set(key, turn);
      void turn.then(() => last.get(key) === turn && last.delete(key));
      try {
        if (before !== undefined) await Promise.race([before, aborted(signal)]);
        if (signal?.aborted === true) throw cancelled('What waited for its turn');
        return await work();
      } finally {
        end();
      }
    },
  };
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
}
