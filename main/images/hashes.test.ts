import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { hammingDistance } from '#app/domain/perceptual-hash.ts';
import { cosineHash, perceptualHash, pixelHash } from './hashes.ts';
import { resizeBicubic } from './resample.ts';
import type { Bitmap } from './resample.ts';
import { seededRandom } from './sample/random.ts';
import { smallPicture, THUMBNAIL } from './small-picture.ts';
import { photoLike } from './testing/pictures.ts';

const exact = 'a'.repeat(64);
const pictures = Array.from({ length: 12 }, (_, i) => photoLike(320, 240, 100 + i));

const looksOf = async (picture: Bitmap): Promise<string> =>
  perceptualHash(await smallPicture(picture, THUMBNAIL), exact);

async function asJpeg({ samples, ...raw }: Bitmap, quality: number): Promise<Bitmap> {
  const encoded = await sharp(samples, { raw }).jpeg({ quality }).toBuffer();
  return { ...raw, samples: new Uint8Array(await sharp(encoded).raw().toBuffer()) };
}

describe('perceptualHash', () => {
  it('stays within 4 bits when a photo is resized, compressed, brightened or loses its colour', async () => {
    for (const picture of pictures) {
      const hash = await looksOf(picture);
      expect(hash).toMatch(/^[0-9a-f]{16}$/);
      const grey = Uint8Array.from({ length: 320 * 240 }, (_, i) => {
        const [r, g, b] = picture.samples.subarray(3 * i, 3 * i + 3);
        return Math.round(0.299 * r! + 0.587 * g! + 0.114 * b!);
      });
      const views: Bitmap[] = [
        await resizeBicubic(picture, 160, 120),
        await resizeBicubic(picture, 100, 75),
        await resizeBicubic(picture, 640, 480),
        await asJpeg(picture, 40),
        await asJpeg(await resizeBicubic(picture, 224, 168), 60),
        { ...picture, samples: picture.samples.map((v) => Math.round(0.7 * v + 30)) },
        { width: 320, height: 240, channels: 1, samples: grey },
      ];
      for (const [i, view] of views.entries()) {
        expect(hammingDistance(hash, await looksOf(view)), `view ${i}`).toBeLessThanOrEqual(4);
      }
    }
  });

  it('keeps different photos far apart, the mirrored one included', async () => {
    const hashes = await Promise.all(pictures.map(looksOf));
    const distances = hashes.flatMap((a, i) => hashes.slice(0, i).map((b) => hammingDistance(a, b)));
    expect(Math.min(...distances)).toBeGreaterThan(8);
    const [first] = pictures;
    const mirrored = await sharp(first!.samples, { raw: { width: 320, height: 240, channels: 3 } })
      .flop()
      .raw()
      .toBuffer();
    const hash = await looksOf({ ...first!, samples: new Uint8Array(mirrored) });
    expect(hammingDistance(hash, hashes[0]!)).toBeGreaterThan(8);
  });

  it('agrees with a direct evaluation of the cosine transform', () => {
    const picture = photoLike(32, 32, 9, 1);
    const coefficient = (u: number, v: number): number => {
      let sum = 0;
      for (let y = 0; y < 32; y++) {
        for (let x = 0; x < 32; x++) {
          const wave = Math.cos(((x + 0.5) * u * Math.PI) / 32) * Math.cos(((y + 0.5) * v * Math.PI) / 32);
          sum += picture.samples[y * 32 + x]! * wave * (u === 0 ? Math.SQRT1_2 : 1) * (v === 0 ? Math.SQRT1_2 : 1);
        }
      }
      return sum;
    };
    const spectrum: number[] = [];
    for (let diagonal = 1; spectrum.length < 64; diagonal++) {
      for (let v = 0; v <= diagonal && spectrum.length < 64; v++) spectrum.push(coefficient(diagonal - v, v));
    }
    const sorted = [...spectrum].sort((a, b) => a - b);
    const bits = spectrum.map((c) => (c > (sorted[31]! + sorted[32]!) / 2 ? '1' : '0')).join('');
    const hash = cosineHash(Float64Array.from(picture.samples));
    expect(BigInt(`0x${hash}`)).toBe(BigInt(`0b${bits}`));
  });

  it('does not pretend to compare flat photos: they are near to the same pixels only', async () => {
    const random = seededRandom(4).next;
    const flat = (level: number): Bitmap => {
      const samples = new Uint8Array(200 * 200 * 3).map(() => Math.round(level + random()));
      return { width: 200, height: 200, channels: 3, samples };
    };
    const [a, b] = [flat(10), flat(10)];
    const [hashA, hashB] = await Promise.all([a, b].map((p) => pixelHash({ ...p, bits: 8 })));
    const [thumbnailA, thumbnailB] = await Promise.all([a, b].map((p) => smallPicture(p, THUMBNAIL)));
    expect(perceptualHash(thumbnailA!, hashA!)).toBe(hashA!.slice(0, 16));
    const distance = hammingDistance(perceptualHash(thumbnailA!, hashA!), perceptualHash(thumbnailB!, hashB!));
    expect(distance).toBeGreaterThan(8);
  });
});

describe('pixelHash', () => {
  it('is SHA-256 over the size and the samples', async () => {
    const samples = new Uint8Array([1, 2, 3, 4, 5, 6]);
    const wanted = createHash('sha256').update('2x1x3x8\n').update(samples).digest('hex');
    expect(await pixelHash({ width: 2, height: 1, channels: 3, bits: 8, samples })).toBe(wanted);
  });

  it('tells shapes and depths with the same bytes apart', async () => {
    const samples = new Uint8Array(12).fill(7);
    const wide = await pixelHash({ width: 4, height: 1, channels: 3, bits: 8, samples });
    const high = await pixelHash({ width: 1, height: 4, channels: 3, bits: 8, samples });
    const words = new Uint16Array(samples.buffer);
    const deep = await pixelHash({ width: 2, height: 1, channels: 3, bits: 16, samples: words });
    expect(new Set([wide, high, deep]).size).toBe(3);
  });
});
