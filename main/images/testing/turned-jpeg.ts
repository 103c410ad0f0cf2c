import sharp from 'sharp';
import { photoLike } from './pictures.ts';

/** A JPEG of `width` x `height` stored samples that is to be shown after a quarter turn, as cameras note it. */
export function turnedJpeg(width: number, height: number): Promise<Buffer> {
  const { samples } = photoLike(width, height);
  return sharp(samples, { raw: { width, height, channels: 3 } })
    .jpeg()
    .withMetadata({ orientation: 6 })
    .toBuffer();
}
