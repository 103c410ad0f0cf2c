import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

describe('turns', () => {
  const later = () => Promise.withResolvers<undefined>();
  const settled = () => new Promise((resolve) => setTimeout(resolve));

  it('are taken at once where nothing waits', () => {
    const turns = createTurns();
    const done: string[] = [];
    turns.take(() => void done.push('step'));
    turns.take(() => void done.push('label'));
    expect(done).toEqual(['step', 'label']);
    expect(turns.waiting).toBe(false);
  });

  it('wait for what was asked for before them, in order, and for each other', async () => {
    const turns = createTurns();
    const [end, all] = [later(), later()];
    const done: string[] = [];
    turns.take(() => end.promise.then(() => void done.push('end')));
    turns.take(() => void done.push('label'));
    turns.take(() => all.promise.then(() => void done.push('all')));
    turns.take(() => void done.push('flag'));
    await settled();
    expect(done).toEqual([]);
    expect(turns.waiting).toBe(true);
    end.resolve(undefined);
    await settled();
    expect(done).toEqual(['end', 'label']);
    expect(turns.waiting).toBe(true);
    all.resolve(undefined);
    await settled();
    expect(done).toEqual(['end', 'label', 'all', 'flag']);
    expect(turns.waiting).toBe(false);
  });

  it('go on after one that failed', async () => {
    const turns = createTurns();
    const done: string[] = [];
    turns.take(() => Promise.reject(new Error('the core is gone')));
    turns.take(() => void done.push('label'));
    await settled();
    expect(done).toEqual(['label']);
    expect(turns.waiting).toBe(false);
  });
});
