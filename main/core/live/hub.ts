/** Events from the core to everybody who listens, numbered in the order in which they happened. */
import { randomUUID } from 'node:crypto';
import type { CoreEvent, CoreEventBody } from '#app/contract/events.ts';

export interface Hub {
  /** To be called after the change is committed. */
  publish(body: CoreEventBody): void;
  /** Number of the last event. */
  seq(): number;
  /** Endless; begins with `hello`. Ends when `signal` is aborted, and for a listener that is too slow: it starts anew then. */
  stream(signal?: AbortSignal): AsyncGenerator<CoreEvent, void, void>;
}

/** What may wait for one listener. A page that is this far behind is faster with fresh snapshots. */
const LONGEST_QUEUE = 5000;

class Listener {
  readonly #onEnd: (listener: Listener) => void;
  #waiting: CoreEvent[] = [];
  #wake: (() => void) | null = null;
  #ended = false;

  constructor(onEnd: (listener: Listener) => void) {
    this.#onEnd = onEnd;
  }

  push(event: CoreEvent): void {
    if (this.#waiting.length >= LONGEST_QUEUE) this.end();
    else this.#waiting.push(event);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#waiting = [];
    this.#onEnd(this);
    this.#wake?.();
  }

  /** Null at the end. What waits for a listener that was ended is dropped: it would only be taken for the whole. */
  async next(): Promise<CoreEvent | null> {
    while (!this.#ended) {
      const event = this.#waiting.shift();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
    return null;
  }
}

export function createHub(): Hub {
  const session = randomUUID();
  const listeners = new Set<Listener>();
  let last = 0;

  async function* read(listener: Listener): AsyncGenerator<CoreEvent, void, void> {
    try {
      for (let event = await listener.next(); event !== null; event = await listener.next()) yield event;
    } finally {
      listener.end();
    }
  }

  return {
    publish: (body) => {
      const event = { seq: ++last, ...body };
      for (const listener of listeners) listener.push(event);
    },
    seq: () => last,
    stream: (signal) => {
      // Listening begins now, not at the first `next()`: a snapshot taken in between misses nothing.
      const listener = new Listener((ended) => listeners.delete(ended));
      listener.push({ seq: last, type: 'hello', session });
      listeners.add(listener);
      // Not left to the generator, whose own clean-up does not run before the first `next()`.
      if (signal?.aborted === true) listener.end();
      else signal?.addEventListener('abort', () => listener.end(), { once: true });
      return read(listener);
    },
  };
}
