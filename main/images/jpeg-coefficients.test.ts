import fc from 'fast-check';
import sharp from 'sharp';
import type { JpegOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { lumaCoefficients } from './jpeg-coefficients.ts';
import type { Bitmap } from './resample.ts';
import { photoLike } from './testing/pictures.ts';

const encode = ({ samples, ...raw }: Bitmap, options: JpegOptions): Promise<Buffer> =>
  sharp(samples, { raw }).jpeg(options).toBuffer();

/** Every pixel's luma by the inverse cosine transform as it is written (T.81, A.3.3), row by row and 0..255. */
function lumaOf(jpeg: Buffer, width: number, height: number): Float64Array {
  const { columns, rows, count, column, row, value } = lumaCoefficients(jpeg, 64);
  const grid = new Float64Array(columns * rows);
  for (let i = 0; i < count; i++) grid[row[i]! * columns + column[i]!] = value[i]!;
  const wave = (u: number, x: number): number =>
    (u === 0 ? Math.SQRT1_2 : 1) * Math.cos(((2 * (x % 8) + 1) * u * Math.PI) / 16);
  return Float64Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    let sum = 0;
    for (let v = 0; v < 8; v++) {
      for (let u = 0; u < 8; u++) {
        sum += wave(u, x) * wave(v, y) * grid[(y - (y % 8) + v) * columns + x - (x % 8) + u]!;
      }
    }
    return Math.min(255, Math.max(0, sum / 4 + 128));
  });
}

async function decodedLuma(jpeg: Buffer): Promise<Float64Array> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  return Float64Array.from({ length: info.width * info.height }, (_, i) => {
    const [r = 0, g = r, b = r] = data.subarray(i * info.channels, (i + 1) * info.channels);
    return 0.299 * r + 0.587 * g + 0.114 * b;
  });
}

describe('the coefficients of luma', () => {
  it('are those that the decoder makes its pixels of, whatever the size and the sampling of colours', async () => {
    for (const [width, height] of [
      [1, 1],
      [8, 8],
      [17, 9],
      [64, 33],
      [95, 128],
    ] as const) {
      for (const options of [
        { quality: 82, chromaSubsampling: '4:2:0' },
        { quality: 100, chromaSubsampling: '4:4:4' },
      ]) {
        // Nearly grey, so that no colour is clipped: of one that is, the pixels say less than the coefficients.
        const picture = photoLike(width, height, width);
        for (let i = 0; i < picture.samples.length; i++) picture.samples[i] = 100 + picture.samples[i]! / 6;
        const jpeg = await encode(picture, options);
        const [own, theirs] = [lumaOf(jpeg, width, height), await decodedLuma(jpeg)];
        const furthest = Math.max(...own.map((level, i) => Math.abs(level - theirs[i]!)));
        expect(furthest, `${width} x ${height}, ${options.chromaSubsampling}`).toBeLessThan(2.5);
      }
    }
  });

  it('of a grey picture are read as well, whatever sampling its frame tells of', async () => {
    const picture = photoLike(40, 24, 3, 1);
    const grey = await sharp(picture.samples, { raw: { width: 40, height: 24, channels: 1 } })
      .toColourspace('b-w')
      .jpeg({ quality: 95 })
      .toBuffer();
    const frame = grey.indexOf(Buffer.from([0xff, 0xc0]));
    expect(grey[frame + 9]).toBe(1);
    const sampled = Buffer.from(grey);
    sampled[frame + 11] = 0x22;
    const theirs = await decodedLuma(grey);
    for (const jpeg of [grey, sampled]) {
      const furthest = Math.max(...lumaOf(jpeg, 40, 24).map((level, i) => Math.abs(level - theirs[i]!)));
      expect(furthest).toBeLessThan(1.5);
    }
  });

  it('come from low to high frequencies, as many of a block as are wanted', async () => {
    const jpeg = await encode(photoLike(64, 64, 5), { quality: 95 });
    const listed = (wanted: number): ReadonlyMap<string, number> => {
      const { count, column, row, value } = lumaCoefficients(jpeg, wanted);
      return new Map(Array.from({ length: count }, (_, i) => [`${column[i]!} ${row[i]!}`, value[i]!]));
    };
    const all = listed(64);
    for (const wanted of [1, 3, 6, 10]) {
      const low = listed(wanted);
      const diagonals = Math.sqrt(2 * wanted + 0.25) - 0.5;
      const isLow = ([place]: readonly [string, number]): boolean => {
        const [x = 0, y = 0] = place.split(' ').map(Number);
        return (x % 8) + (y % 8) < diagonals;
      };
      expect([...low].filter(isLow).sort()).toEqual([...all].filter(isLow).sort());
      expect([...low].filter((one) => !isLow(one)).every(([place, value]) => all.get(place) === value)).toBe(true);
      expect(low.size).toBeLessThan(all.size);
    }
  });

  it('are refused of a picture that is not baseline, or whose scan ends early', async () => {
    const picture = photoLike(64, 64, 6);
    const progressive = await encode(picture, { progressive: true });
    expect(() => lumaCoefficients(progressive, 64)).toThrow('it has no baseline frame');
    const jpeg = await encode(picture, {});
    expect(() => lumaCoefficients(jpeg.subarray(0, jpeg.length - 400), 64)).toThrow('its scan is cut off');
  });

  it('are refused with words or read, in a moment, whatever the bytes', async () => {
    const jpeg = await encode(photoLike(64, 48, 7), { quality: 60 });
    const changes = fc.array(fc.record({ at: fc.nat({ max: jpeg.length - 1 }), byte: fc.nat(255) }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(changes, (all) => {
        const damaged = Buffer.from(jpeg);
        for (const { at, byte } of all) damaged[at] = byte;
        try {
          const { count, columns, rows, column, row } = lumaCoefficients(damaged, 64);
          for (let i = 0; i < count; i++) if (column[i]! >= columns || row[i]! >= rows) return false;
          return true;
        } catch (error) {
          return error instanceof Error && error.message.startsWith('This JPEG is none that the program wrote');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
