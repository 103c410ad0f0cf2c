import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PhotoRow } from '#app/contract/library.ts';
import { classId, photoId } from '#app/domain/id-of.ts';
import type { PhotoId } from '#app/domain/ids.ts';
import { createRows } from './rows.ts';

const rowOf = (id: PhotoId, name = `${id}.jpg`): PhotoRow => ({
  id,
  name,
  hash: '0123456789abcdef',
  width: 30,
  height: 20,
  state: 'ok',
  reason: null,
  classId: null,
  flagged: false,
  excluded: false,
  subset: null,
  suggestion: null,
});
const ids = (...numbers: number[]) => numbers.map((n) => photoId(n));
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('rows around the current photo', () => {
  afterEach(() => vi.useRealTimers());

  it('asks once for what is missing', async () => {
    const load = vi.fn(async (photos: readonly PhotoId[]) => photos.map((id) => rowOf(id)));
    const rows = createRows(load, vi.fn());
    rows.want(ids(1, 2));
    rows.want(ids(1, 2, 3));
    await settled();
    expect(load.mock.calls).toEqual([[ids(1, 2)], [ids(3)]]);
    expect(rows.row(photoId(3))?.name).toBe('3.jpg');
  });

  it('keeps the old row until the new one is there', async () => {
    let name = 'before.jpg';
    const rows = createRows(async (photos) => photos.map((id) => rowOf(id, name)), vi.fn());
    rows.want(ids(1));
    await settled();
    name = 'after.jpg';
    vi.useFakeTimers();
    rows.expire(null);
    expect(rows.row(photoId(1))?.name).toBe('before.jpg');
    await vi.advanceTimersByTimeAsync(1000);
    expect(rows.row(photoId(1))?.name).toBe('after.jpg');
  });

  it('reads again what changed while it was being read', async () => {
    const load = vi.fn(async (photos: readonly PhotoId[]) => photos.map((id) => rowOf(id)));
    const rows = createRows(load, vi.fn());
    vi.useFakeTimers();
    rows.want(ids(1));
    rows.expire(ids(1));
    await vi.advanceTimersByTimeAsync(1000);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('reads what may be old in the pause after an act, and does not put it off for ever', async () => {
    const load = vi.fn(async (photos: readonly PhotoId[]) => photos.map((id) => rowOf(id)));
    const rows = createRows(load, vi.fn());
    rows.want(ids(1));
    await settled();
    vi.useFakeTimers();
    rows.expire(ids(1));
    rows.expire(ids(1));
    expect(load).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(load).toHaveBeenCalledTimes(2);
    for (let at = 0; at < 1500; at += 100) {
      rows.expire(ids(1));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(load).toHaveBeenCalledTimes(3);
  });

  it('shows a committed label at once', async () => {
    const rows = createRows(async (photos) => photos.map((id) => rowOf(id)), vi.fn());
    rows.want(ids(1));
    await settled();
    rows.patch(photoId(1), { classId: classId(5) });
    expect(rows.row(photoId(1))?.classId).toBe(5);
  });

  it('keeps a bounded number', async () => {
    const rows = createRows(async (photos) => photos.map((id) => rowOf(id)), vi.fn());
    for (let n = 0; n < 3; n++) {
      rows.want(Array.from({ length: 500 }, (_, i) => photoId(n * 500 + i + 1)));
      await settled();
    }
    expect(rows.row(photoId(1))).toBeNull();
    expect(rows.row(photoId(1500))).not.toBeNull();
  });

  it('lets go of answers to what is not looked at any more', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly PhotoRow[]>();
    const rows = createRows(() => promise, vi.fn());
    rows.want(ids(1));
    rows.clear();
    resolve([rowOf(photoId(1))]);
    await settled();
    expect(rows.row(photoId(1))).toBeNull();
  });

  it('tells of a failure and asks again the next time', async () => {
    const failed = vi.fn();
    const load = vi
      .fn()
      .mockRejectedValueOnce(new Error('lost'))
      .mockResolvedValueOnce([rowOf(photoId(1))]);
    const rows = createRows(load, failed);
    rows.want(ids(1));
    await settled();
    expect(failed).toHaveBeenCalledOnce();
    rows.want(ids(1));
    await settled();
    expect(rows.row(photoId(1))).not.toBeNull();
  });
});
