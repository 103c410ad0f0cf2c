/** Hands events to listeners by type, in the order of their numbers, and says when earlier snapshots are worthless. */
import type { CoreEvent } from '#app/contract/events.ts';

type EventOf<K extends CoreEvent['type']> = Extract<CoreEvent, { readonly type: K }>;

export interface EventBus {
  readonly onEvent: <K extends CoreEvent['type']>(type: K, listener: (event: EventOf<K>) => void) => () => void;
  readonly onAnyEvent: (listener: (event: CoreEvent) => void) => () => void;
  /** Called at the beginning of every stream, also at once for one that has already begun. */
  readonly onFresh: (listener: () => void) => () => void;
  readonly receive: (event: CoreEvent) => void;
}

export function createEventBus(): EventBus {
  const all = new Set<(event: CoreEvent) => void>();
  const fresh = new Set<() => void>();
  let begun = false;
  let newest = 0;

  const onAnyEvent = (listener: (event: CoreEvent) => void): (() => void) => {
    all.add(listener);
    return () => {
      all.delete(listener);
    };
  };

  return {
    onAnyEvent,
    onEvent(type, listener) {
      return onAnyEvent((event) => {
        if (isOf(event, type)) listener(event);
      });
    },
    onFresh(listener) {
      fresh.add(listener);
      if (begun) listener();
      return () => {
        fresh.delete(listener);
      };
    },
    receive(event) {
      if (event.type === 'hello') {
        begun = true;
        newest = event.seq;
        for (const listener of [...fresh]) listener();
      } else if (event.seq <= newest) return;
      newest = event.seq;
      for (const listener of [...all]) listener(event);
    },
  };
}

function isOf<K extends CoreEvent['type']>(event: CoreEvent, type: K): event is EventOf<K> {
  return event.type === type;
}
