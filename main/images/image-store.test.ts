import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hammingDistance } from '#app/domain/perceptual-hash.ts';
import { mergeHistograms, percentileMapping } from '#app/domain/sixteen-bit.ts';
import type { PixelSpec } from '#app/ports/images.ts';
import { createImageStore } from './image-store.ts';
import { resizeBicubic } from './resample.ts';
import { photoLike } from './testing/pictures.ts';
import { encodeTiff } from './testing/tiff.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtl-images-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function saved(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const store = createImageStore();
const squash: PixelSpec = {
  imageSize: 32,
  fit: 'squash',
  interpolation: 'bicubic',
  sixteenBit: { kind: 'full-range' },
};
const photo = photoLike(120, 80, 3);
const raw = { width: 120, height: 80, channels: 3 } as const;
/** 12 bits of a microscope in 16, with one hot pixel. */
const microscope = Uint16Array.from({ length: 120 * 80 }, (_, i) =>
  i === 5000 ? 65_535 : 100 + photo.samples[3 * i]! * 4,
);

describe('facts', () => {
  it('are those of the upright photo', async () => {
    const path = saved(
      'turned.jpg',
      await sharp(photo.samples, { raw }).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    );
    const facts = await store.facts(path);
    expect(facts).toMatchObject({ width: 80, height: 120, orientation: 6, format: 'jpeg', bitsPerSample: 8 });
    expect(facts.pixelHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('give the same pixel hash to the same pixels in another container or turned by its tag', async () => {
    const turned = await sharp(photo.samples, { raw }).rotate(90).png().toBuffer();
    const paths = [
      saved('a.png', await sharp(photo.samples, { raw }).png().toBuffer()),
      saved('a.tif', await sharp(photo.samples, { raw }).tiff({ compression: 'deflate' }).toBuffer()),
      saved('a.webp', await sharp(photo.samples, { raw }).webp({ lossless: true }).toBuffer()),
      saved('a-turned.png', await sharp(turned).withMetadata({ orientation: 8 }).png().toBuffer()),
    ];
    const facts = await Promise.all(paths.map((path) => store.facts(path)));
    expect(new Set(facts.map((f) => f.pixelHash)).size).toBe(1);
    const other = await store.facts(saved('b.jpg', await sharp(photo.samples, { raw }).jpeg().toBuffer()));
    expect(other.pixelHash).not.toBe(facts[0]?.pixelHash);
    expect(hammingDistance(other.perceptualHash, facts[0]!.perceptualHash)).toBeLessThanOrEqual(4);
  });

  it('of a dark 16-bit photo say what it looks like, whatever its contrast and a hot pixel', async () => {
    const deep = await store.facts(saved('m.tif', encodeTiff([{ ...raw, channels: 1, samples: microscope }])));
    expect(deep).toMatchObject({ bitsPerSample: 16, format: 'tiff', width: 120, height: 80 });
    const red = Uint8Array.from({ length: 120 * 80 }, (_, i) => photo.samples[3 * i]!);
    const eight = await store.facts(saved('m8.tif', encodeTiff([{ ...raw, channels: 1, samples: red }])));
    expect(hammingDistance(deep.perceptualHash, eight.perceptualHash)).toBeLessThanOrEqual(4);
  });
});

describe('pixels', () => {
  it('are RGB bytes of the square, resized from the decoded photo', async () => {
    const path = saved('p.png', await sharp(photo.samples, { raw }).png().toBuffer());
    const pixels = await store.pixels(path, squash);
    expect(pixels).toEqual((await resizeBicubic(photo, 32, 32)).samples);
    expect(pixels.length).toBe(32 * 32 * 3);
  });

  it('of 16-bit grey follow the mapping and come as three equal channels', async () => {
    const path = saved('m2.tif', encodeTiff([{ ...raw, channels: 1, samples: microscope }]));
    const dark = await store.pixels(path, squash);
    const histogram = await store.sixteenBitHistogram(path);
    if (!histogram) throw new Error('16 bits expected');
    const mapping = percentileMapping(mergeHistograms([histogram]));
    const stretched = await store.pixels(path, { ...squash, sixteenBit: mapping });
    expect(Math.max(...dark.filter((_, i) => i !== 0)) - Math.min(...dark)).toBeLessThan(30);
    expect(Math.max(...stretched) - Math.min(...stretched)).toBeGreaterThan(150);
    for (let i = 0; i < stretched.length; i += 3) {
      expect([stretched[i + 1], stretched[i + 2]]).toEqual([stretched[i], stretched[i]]);
    }
  });

  it('of 8-bit photos do not depend on the 16-bit mapping', async () => {
    const path = saved('p8.png', await sharp(photo.samples, { raw }).png().toBuffer());
    const mapped = await store.pixels(path, { ...squash, sixteenBit: { kind: 'percentiles', low: 5, high: 9 } });
    expect(mapped).toEqual(await store.pixels(path, squash));
  });
});

describe('sixteenBitHistogram', () => {
  it('counts every sample, and is null for 8 bits', async () => {
    const samples = new Uint16Array([1, 1, 500, 65_535, 0, 1]);
    const deep = saved('h.tif', encodeTiff([{ width: 3, height: 2, channels: 1, samples }]));
    const histogram = await store.sixteenBitHistogram(deep);
    expect([histogram?.[0], histogram?.[1], histogram?.[500], histogram?.[65_535]]).toEqual([1, 3, 1, 1]);
    const eight = saved('h8.png', await sharp(photo.samples, { raw }).png().toBuffer());
    expect(await store.sixteenBitHistogram(eight)).toBeNull();
  });
});

describe('the store', () => {
  it('goes on after a file that cannot be read', async () => {
    const good = saved('good.png', await sharp(photo.samples, { raw }).png().toBuffer());
    const bad = saved('bad.jpg', Buffer.from('nonsense'));
    const results = await Promise.allSettled(
      [bad, good, bad, good, join(folder, 'gone'), good].map((p) => store.facts(p)),
    );
    expect(results.map((r) => r.status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  it('stops when asked, also those that still wait for their turn', async () => {
    const path = saved('stop.png', await sharp(photo.samples, { raw }).png().toBuffer());
    const controller = new AbortController();
    const all = Promise.allSettled(Array.from({ length: 20 }, () => store.facts(path, controller.signal)));
    controller.abort();
    for (const result of await all) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'cancelled', kind: 'cancelled' } });
    }
  });

  it('keeps the limit it is given and reads what lies below it', async () => {
    const path = saved('limit.png', await sharp(photo.samples, { raw }).png().toBuffer());
    await expect(createImageStore({ maxPixels: 9599 }).facts(path)).rejects.toMatchObject({
      code: 'image.undecodable',
    });
    expect(await createImageStore({ maxPixels: 9600 }).facts(path)).toMatchObject({ width: 120 });
  });

  it('reads names that libvips would take for options', async () => {
    const path = saved('photo [2].png[page=3]', await sharp(photo.samples, { raw }).png().toBuffer());
    expect(await store.facts(path)).toMatchObject({ width: 120, height: 80 });
  });
});

describe('small pictures', () => {
  it('come upright, no larger than they may be and never larger than the photo', async () => {
    const large = photoLike(600, 300, 1);
    const path = saved(
      'turned.jpg',
      await sharp(large.samples, { raw: { width: 600, height: 300, channels: 3 } })
        .jpeg()
        .withMetadata({ orientation: 6 })
        .toBuffer(),
    );
    const sizeOf = async (picture: Uint8Array) => {
      const { format, width, height } = await sharp(picture).metadata();
      return { format, width, height };
    };
    expect(await sizeOf(await store.thumbnail(path))).toEqual({ format: 'jpeg', width: 128, height: 256 });
    expect(await sizeOf(await store.preview(path))).toEqual({ format: 'jpeg', width: 300, height: 600 });
  });

  it('come out of the decoding that finds the facts', async () => {
    const path = saved('kept.png', await sharp(photo.samples, { raw }).png().toBuffer());
    const kept: Uint8Array[] = [];
    await store.facts(path, undefined, async (thumbnail) => {
      kept.push(thumbnail);
    });
    expect(kept).toEqual([await store.thumbnail(path)]);
  });
});
