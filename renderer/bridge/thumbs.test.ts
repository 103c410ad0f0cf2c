import { describe, expect, it, vi } from 'vitest';
import { createThumbs } from './thumbs.ts';

const address = (photo: number): string => `/media/thumb/${photo}?h=${photo.toString(16).padStart(16, '0')}`;
const shown = (photo: number): string => `data:image/jpeg;base64,picture${photo}`;

function photosIn(asked: string): readonly number[] {
  const names = new URL(asked, 'http://core').searchParams.get('of') ?? '';
  return names.split(',').map((name) => Number(name.split('-')[0]));
}

/** Answers as the core does; photos beyond 1000 have no small picture yet. */
function reader() {
  return vi.fn((asked: string) => Promise.resolve(photosIn(asked).map((photo) => (photo > 1000 ? '' : shown(photo)))));
}

describe('small pictures', () => {
  it('asks once for all that a screen wants, and gives each its own', async () => {
    const read = reader();
    const thumbs = createThumbs(read);
    const sources = await Promise.all([3, 1, 2].map(async (photo) => thumbs.source(address(photo))));
    expect(sources).toEqual([3, 1, 2].map(shown));
    expect(read.mock.calls.map(([asked]) => photosIn(asked))).toEqual([[3, 1, 2]]);
  });

  it('divides what is more than one answer holds', async () => {
    const read = reader();
    const thumbs = createThumbs(read);
    const photos = Array.from({ length: 100 }, (_, at) => at + 1);
    expect(await Promise.all(photos.map(async (photo) => thumbs.source(address(photo))))).toEqual(photos.map(shown));
    expect(read.mock.calls.map(([asked]) => photosIn(asked).length)).toEqual([48, 48, 4]);
  });

  it('knows at once what it had before, and asks for nothing twice that is on its way', async () => {
    const read = reader();
    const thumbs = createThumbs(read);
    const first = thumbs.source(address(1));
    await Promise.resolve();
    const again = thumbs.source(address(1));
    expect(await Promise.all([first, again])).toEqual([shown(1), shown(1)]);
    expect(thumbs.source(address(1))).toBe(shown(1));
    expect(read).toHaveBeenCalledOnce();
  });

  it('leaves to its own address what was not at hand, and what is no photo of the library', async () => {
    const read = reader();
    const thumbs = createThumbs(read);
    const [missing, there] = await Promise.all([thumbs.source(address(1001)), thumbs.source(address(1))]);
    expect([missing, there]).toEqual([address(1001), shown(1)]);
    expect(thumbs.source('/media/found/1/2?thumb')).toBe('/media/found/1/2?thumb');
  });

  it('leaves all to their own addresses where there is no answer, and asks again later', async () => {
    const read = vi.fn(() => Promise.reject<readonly string[]>(new Error('gone')));
    const thumbs = createThumbs(read);
    expect(await thumbs.source(address(1))).toBe(address(1));
    expect(await thumbs.source(address(1))).toBe(address(1));
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('lets go of the answer that was wanted longest ago, with all that came in it', async () => {
    const thumbs = createThumbs(reader(), 4 * shown(1).length);
    const together = (...photos: number[]) => Promise.all(photos.map(async (photo) => thumbs.source(address(photo))));
    await together(1, 2);
    await together(3, 4);
    expect(thumbs.source(address(2))).toBe(shown(2));
    await together(5, 6);
    for (const photo of [1, 2, 5, 6]) expect(thumbs.source(address(photo))).toBe(shown(photo));
    for (const photo of [3, 4]) expect(thumbs.source(address(photo))).toBeInstanceOf(Promise);
  });

  it('keeps the answer that came last, however large, and what came anew when its first answer goes', async () => {
    const thumbs = createThumbs(reader(), shown(1).length);
    const together = (...photos: number[]) => Promise.all(photos.map(async (photo) => thumbs.source(address(photo))));
    await together(1, 2, 3);
    expect(thumbs.source(address(3))).toBe(shown(3));
    await together(4);
    expect(thumbs.source(address(4))).toBe(shown(4));
    await together(3);
    expect(thumbs.source(address(3))).toBe(shown(3));
  });
});
