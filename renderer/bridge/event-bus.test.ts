import { expect, it, vi } from 'vitest';
import { createEventBus } from './event-bus.ts';

it('hands an event to listeners of its type alone', () => {
  const bus = createEventBus();
  const [projects, packs] = [vi.fn(), vi.fn()];
  bus.onEvent('projects', projects);
  bus.onEvent('packs', packs);
  bus.receive({ seq: 1, type: 'hello', session: 'a' });
  bus.receive({ seq: 2, type: 'projects' });
  expect(projects).toHaveBeenCalledExactlyOnceWith({ seq: 2, type: 'projects' });
  expect(packs).not.toHaveBeenCalled();
});

it('drops an event that came before', () => {
  const bus = createEventBus();
  const heard: number[] = [];
  bus.onEvent('projects', ({ seq }) => heard.push(seq));
  bus.receive({ seq: 4, type: 'hello', session: 'a' });
  for (const seq of [4, 5, 5, 3, 6]) bus.receive({ seq, type: 'projects' });
  expect(heard).toEqual([5, 6]);
});

it('has snapshots taken anew at every beginning, and counts with a new core from its beginning', () => {
  const bus = createEventBus();
  const [fresh, heard] = [vi.fn(), vi.fn()];
  bus.onFresh(fresh);
  bus.onEvent('projects', heard);
  bus.receive({ seq: 90, type: 'hello', session: 'a' });
  bus.receive({ seq: 2, type: 'hello', session: 'b' });
  bus.receive({ seq: 3, type: 'projects' });
  expect(fresh).toHaveBeenCalledTimes(2);
  expect(heard).toHaveBeenCalledOnce();
});

it('tells a late listener at once that a stream has begun', () => {
  const bus = createEventBus();
  bus.receive({ seq: 1, type: 'hello', session: 'a' });
  const fresh = vi.fn();
  bus.onFresh(fresh);
  expect(fresh).toHaveBeenCalledOnce();
});

it('stops listening when asked', () => {
  const bus = createEventBus();
  const heard = vi.fn();
  bus.onEvent('packs', heard)();
  bus.receive({ seq: 1, type: 'hello', session: 'a' });
  bus.receive({ seq: 2, type: 'packs' });
  expect(heard).not.toHaveBeenCalled();
});
