/**
 * What the core tells without being asked.
 *
 *   onEvent('metric', (event) => …)         one kind of event, typed; gives the function that ends listening
 *   followSnapshot({ … })                   (snapshot.ts) a value that is kept true by the events that concern it
 *
 * After a lost line or a new core every snapshot is taken anew: events that were missed do not come again.
 */
import { watch } from 'vue';
import { connection, core } from './client.ts';
import { createEventBus } from './event-bus.ts';

const bus = createEventBus();

export const { onEvent, onAnyEvent, onFresh } = bus;

/** Listens for as long as the page lives, on one line after the other. */
export function followEvents(): void {
  watch(
    () => connection.value.line,
    (line) => {
      if (line > 0) void listen(line);
    },
    { immediate: true },
  );
}

async function listen(line: number): Promise<void> {
  try {
    for await (const event of await core.events.stream({})) {
      if (connection.value.line !== line) return;
      bus.receive(event);
    }
  } catch {
    // The line is gone; the banner says so, and the next line listens again.
  }
}
