import { implement } from '@orpc/server';
import { events } from '#app/contract/events.ts';
import type { ApiContext } from './context.ts';

export function eventsApi({ hub }: ApiContext) {
  const procedures = implement(events);
  return {
    stream: procedures.stream.handler(({ signal }) => hub.stream(signal)),
  };
}
