import { expect, it } from 'vitest';
import { projectId } from '#app/domain/id-of.ts';
import { createHub } from './hub.ts';

it('numbers events and tells a listener the number from which it misses nothing', async () => {
  const hub = createHub();
  hub.publish({ type: 'projects' });
  const events = hub.stream();
  hub.publish({ type: 'packs' });
  hub.publish({ type: 'classes', project: projectId(3) });
  expect((await events.next()).value).toMatchObject({ type: 'hello', seq: 1 });
  expect((await events.next()).value).toEqual({ type: 'packs', seq: 2 });
  expect((await events.next()).value).toEqual({ type: 'classes', project: 3, seq: 3 });
  expect(hub.seq()).toBe(3);
});

it('waits for what comes', async () => {
  const hub = createHub();
  const events = hub.stream();
  await events.next();
  const next = events.next();
  hub.publish({ type: 'settings' });
  expect((await next).value).toMatchObject({ type: 'settings' });
});

it('gives every listener everything, and two cores two names', async () => {
  const hub = createHub();
  const [one, two] = [hub.stream(), hub.stream()];
  const [first, second] = [(await one.next()).value, (await two.next()).value];
  expect(first).toEqual(second);
  hub.publish({ type: 'queue' });
  expect((await one.next()).value).toEqual((await two.next()).value);
  expect((await createHub().stream().next()).value).not.toEqual(first);
});

it('ends when it is not wanted any more', async () => {
  const stop = new AbortController();
  const events = createHub().stream(stop.signal);
  await events.next();
  const next = events.next();
  stop.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

it('lets go of a listener that does not keep up instead of keeping everything for it', async () => {
  const hub = createHub();
  const slow = hub.stream();
  for (let i = 0; i < 5001; i++) hub.publish({ type: 'projects' });
  expect((await slow.next()).done).toBe(true);
});

it('keeps nothing for a listener that went away before it began to read', async () => {
  const hub = createHub();
  const gone = new AbortController();
  const events = hub.stream(gone.signal);
  hub.publish({ type: 'projects' });
  gone.abort();
  expect((await events.next()).done).toBe(true);
  expect((await hub.stream(AbortSignal.abort()).next()).done).toBe(true);
});
