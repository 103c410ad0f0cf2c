import { describe, expect, it } from 'vitest';
import { Disk } from './disk.ts';
import type { Cut } from './disk.ts';
import type { DiskEvent } from './trace.ts';

const never = (): number => 0.999;

function after(events: readonly DiskEvent[], cut: Cut, random = never): Record<string, string | null> {
  const disk = new Disk('/r');
  for (const event of events) disk.take(event);
  const left = disk.after(cut, random);
  return Object.fromEntries([...left].map(([path, bytes]) => [path, bytes === null ? null : bytes.toString()]));
}

const write = (path: string, text: string, at = 0): DiskEvent => ({
  kind: 'write',
  path,
  at,
  bytes: Buffer.from(text),
});
const create = (path: string): DiskEvent => ({ kind: 'create', path, empties: true });
const sync = (path: string, begun = Infinity): DiskEvent => ({ kind: 'sync', path, begun });

describe('a disk that loses its power', () => {
  it('keeps no file whose name was not flushed, and no bytes that were not', () => {
    const events = [create('/r/a'), write('/r/a', 'one'), sync('/r/a')];
    expect(after(events, 'safe')).toEqual({});
    expect(after([...events, sync('/r')], 'safe')).toEqual({ '/r/a': 'one' });
    expect(after([...events, sync('/r'), write('/r/a', 'two')], 'safe')).toEqual({ '/r/a': 'one' });
    expect(after([...events, sync('/r'), write('/r/a', 'two')], 'written')).toEqual({ '/r/a': 'two' });
  });

  it('shows an empty file where a name was flushed and its bytes were not', () => {
    expect(after([create('/r/a'), write('/r/a', 'one'), sync('/r')], 'safe')).toEqual({ '/r/a': '' });
  });

  it('keeps the old file under a name that was exchanged and not flushed', () => {
    const replaced: readonly DiskEvent[] = [
      create('/r/a'),
      write('/r/a', 'old'),
      sync('/r/a'),
      sync('/r'),
      create('/r/b'),
      write('/r/b', 'new'),
      sync('/r/b'),
      { kind: 'rename', from: '/r/b', path: '/r/a' },
    ];
    expect(after(replaced, 'safe')).toEqual({ '/r/a': 'old' });
    expect(after(replaced, 'written')).toEqual({ '/r/a': 'new' });
    expect(after([...replaced, sync('/r')], 'safe')).toEqual({ '/r/a': 'new' });
  });

  it('counts what was written while a flush was under way as not flushed', () => {
    const events = [create('/r/a'), sync('/r'), write('/r/a', 'one'), write('/r/a', 'two', 3), sync('/r/a', 3)];
    expect(after(events, 'safe')).toEqual({ '/r/a': 'one' });
  });

  it('loses a folder whose name was not flushed with all that is in it', () => {
    const events: readonly DiskEvent[] = [
      { kind: 'folder', path: '/r/f' },
      create('/r/f/a'),
      write('/r/f/a', 'one'),
      sync('/r/f/a'),
      sync('/r/f'),
    ];
    expect(after(events, 'safe')).toEqual({});
    expect(after([...events, sync('/r')], 'safe')).toEqual({ '/r/f': null, '/r/f/a': 'one' });
  });

  it('may tear a write that was not flushed, sector by sector', () => {
    const events = [create('/r/a'), sync('/r'), write('/r/a', 'x'.repeat(2048))];
    const numbers = [0, 0.9, 0.9, 0.9, 0.5, 0];
    expect(after(events, 'torn', () => numbers.shift() ?? 0)).toEqual({ '/r/a': '\0'.repeat(1024) + 'x'.repeat(512) });
  });
});
