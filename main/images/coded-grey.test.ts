import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { codedGrey } from './coded-grey.ts';
import { resizeBicubic } from './resample.ts';
import { smallPicture, THUMBNAIL } from './small-picture.ts';
import { photoLike } from './testing/pictures.ts';

describe('the grey levels of a coded picture', () => {
  it('are those of its pixels, resized, whatever its shape', async () => {
    for (const [width, height] of [
      [320, 240],
      [300, 200],
      [100, 256],
      [37, 53],
      [9, 200],
      [1, 1],
    ] as const) {
      const picture = photoLike(width, height, width);
      // Of pale colours none is clipped, where pixels say less than coefficients.
      for (let i = 0; i < picture.samples.length; i++) picture.samples[i] = 80 + picture.samples[i]! / 3;
      const thumbnail = await smallPicture(picture, THUMBNAIL);
      const { data, info } = await sharp(thumbnail).raw().toBuffer({ resolveWithObject: true });
      const samples = Uint8Array.from({ length: info.width * info.height }, (_, i) =>
        Math.round(0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!),
      );
      const grey = { width: info.width, height: info.height, channels: 1, samples } as const;
      const wanted = await resizeBicubic(grey, 32, 32);
      const own = codedGrey(thumbnail, 32);
      const distances = own.map((level, i) => Math.abs(Math.min(255, Math.max(0, level)) - wanted.samples[i]!));
      const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
      expect(mean, `${width} x ${height}`).toBeLessThan(0.7);
      expect(Math.max(...distances), `${width} x ${height}`).toBeLessThan(3);
    }
  });

  it('do not depend on what was read before', async () => {
    const [large, small] = await Promise.all([
      smallPicture(photoLike(320, 240, 1), THUMBNAIL),
      smallPicture(photoLike(70, 50, 2), THUMBNAIL),
    ]);
    const first = codedGrey(small, 32);
    codedGrey(large, 32);
    expect(codedGrey(small, 32)).toEqual(first);
  });

  it('are refused of what is no JPEG', () => {
    expect(() => codedGrey(new Uint8Array(40), 32)).toThrow('its header cannot be read');
  });
});
