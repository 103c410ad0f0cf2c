import { beforeEach, describe, expect, it, vi } from 'vitest';
import { photoId } from '#app/domain/id-of.ts';
import type { PhotoId } from '#app/domain/ids.ts';
import { createSession } from './session.ts';
import type { Act, Session } from './session.ts';

const [a, b, c, d] = [1, 2, 3, 4].map((n) => photoId(n)) as [PhotoId, PhotoId, PhotoId, PhotoId];

interface Sent {
  readonly photo: PhotoId;
  readonly what: string;
  readonly commit: () => Promise<void>;
  readonly refuse: (reason: string) => Promise<void>;
}

describe('a labelling session', () => {
  let session: Session;
  let sent: Sent[];
  /** What was told of committed acts, with the photo that was current just then. */
  let shown: (readonly [PhotoId, PhotoId | null])[];
  const failed = vi.fn<(thrown: unknown, photo: PhotoId | null) => void>();

  /** An act whose commit the test gives by hand. */
  function label(what: string, leaves: Act['leaves'] = 'decided'): boolean {
    return session.act({
      leaves,
      send: (photo) => {
        const { promise, resolve, reject } = Promise.withResolvers<() => void>();
        const settled = async () => {
          for (let i = 0; i < 6; i++) await Promise.resolve();
        };
        sent.push({
          photo,
          what,
          commit: () => (resolve(() => shown.push([photo, session.current.value])), settled()),
          refuse: (reason) => (reject(new Error(reason)), settled()),
        });
        return promise;
      },
    });
  }
  const paint = () => session.painted(session.current.value);
  const told = () => sent.map(({ photo, what }) => [photo, what]);

  beforeEach(() => {
    sent = [];
    shown = [];
    failed.mockReset();
    session = createSession(failed);
    session.open([a, b, c, d], null);
    paint();
  });

  it('brings the next photo only when the core has committed', async () => {
    label('rust');
    expect(session.current.value).toBe(a);
    await sent[0]!.commit();
    expect(session.current.value).toBe(b);
  });

  it('shows what was committed in the same step that brings the next photo', async () => {
    label('rust');
    expect(shown).toEqual([]);
    await sent[0]!.commit();
    expect(shown).toEqual([[a, a]]);
    expect(session.current.value).toBe(b);
  });

  it('gives a key pressed while the old photo is still on the screen to that photo, and moves on once', async () => {
    label('rust');
    await sent[0]!.commit();
    expect(session.current.value).toBe(b);
    label('smut');
    expect(told()).toEqual([
      [a, 'rust'],
      [a, 'smut'],
    ]);
    await sent[1]!.commit();
    expect(session.current.value).toBe(b);
  });

  it('keeps the order of keys typed ahead and loses none', async () => {
    label('rust');
    label('smut');
    label('blight');
    expect(told()).toEqual([[a, 'rust']]);
    await sent[0]!.commit();
    expect(session.current.value).toBe(a);
    await sent[1]!.commit();
    await sent[2]!.commit();
    expect(told()).toEqual([
      [a, 'rust'],
      [a, 'smut'],
      [a, 'blight'],
    ]);
    expect(session.current.value).toBe(b);
  });

  it('does not skip a photo when Right was pressed before the label was committed', async () => {
    label('rust');
    session.move(1);
    paint();
    await sent[0]!.commit();
    expect(session.current.value).toBe(b);
  });

  it('stays at a photo whose label was refused, says so, and goes on with what was typed after', async () => {
    label('rust');
    label('smut');
    await sent[0]!.refuse('the disk is full');
    expect(failed).toHaveBeenCalledExactlyOnceWith(new Error('the disk is full'), a);
    expect(session.current.value).toBe(a);
    await sent[1]!.commit();
    expect(session.current.value).toBe(b);
  });

  it('does not move on after a mark, nor after a label was taken away', async () => {
    label('flag', 'same');
    await sent[0]!.commit();
    label('nothing', 'open');
    await sent[1]!.commit();
    expect(session.current.value).toBe(a);
  });

  it('returns to where labelling had come to after a correction further back', async () => {
    for (const n of [0, 1]) {
      label('rust');
      await sent[n]!.commit();
      paint();
    }
    session.move(-1);
    paint();
    session.move(-1);
    paint();
    expect(session.current.value).toBe(a);
    label('smut');
    await sent[2]!.commit();
    expect(session.current.value).toBe(c);
  });

  it('ends one past the last photo, labels nothing there, and finds what was skipped', async () => {
    session.move(1);
    paint();
    session.go(2);
    paint();
    for (const n of [0, 1]) {
      label('rust');
      await sent[n]!.commit();
      paint();
    }
    expect(session.finished.value).toBe(true);
    expect(label('smut')).toBe(false);
    expect(sent).toHaveLength(2);
    expect(session.goToOpen()).toBe(true);
    expect(session.current.value).toBe(a);
  });

  it('does not go beyond either end', () => {
    session.move(-1);
    expect(session.position.value).toBe(0);
    session.go(99);
    expect(session.position.value).toBe(4);
    expect(session.finished.value).toBe(true);
  });

  it('undoes after what was pressed before, and shows the photo that was undone', async () => {
    label('rust');
    const undo = vi.fn(() => Promise.resolve([a]));
    session.step(undo);
    expect(undo).not.toHaveBeenCalled();
    await sent[0]!.commit();
    await vi.waitFor(() => expect(undo).toHaveBeenCalledOnce());
    await vi.waitFor(() => expect(session.current.value).toBe(a));
  });

  it('stays where it is when many photos were undone at once', async () => {
    session.go(2);
    session.step(() => Promise.resolve([a, b]));
    await Promise.resolve();
    expect(session.current.value).toBe(c);
  });

  it('shows an undone photo that is not on the list, and goes on from where it was', async () => {
    const elsewhere = photoId(77);
    session.go(2);
    session.step(() => Promise.resolve([elsewhere]));
    await vi.waitFor(() => expect(session.current.value).toBe(elsewhere));
    paint();
    session.move(1);
    expect(session.current.value).toBe(c);
  });

  it('begins at the photo it is asked for, also where that is not on the list any more', () => {
    session.open([a, b, c], b);
    expect(session.current.value).toBe(b);
    session.open([b, c], a);
    expect(session.current.value).toBe(a);
    session.move(1);
    expect(session.current.value).toBe(b);
  });
});
