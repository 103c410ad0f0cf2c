import type { PhotoFacts } from '../domain/photo.ts';
import type { Preprocessing, SixteenBitMapping } from '../domain/preprocessing.ts';

/**
 * Decoding, the one place where orientation, colour profile, alpha and bit depth are dealt with.
 * Every method throws AppError `image.missing` (data: path) where there is no such file, `image.undecodable` (data: path,
 * reason) for a file that cannot be read as a photo, and `cancelled` when the signal asks to stop. The reason is plain
 * words ("HEIC/HEIF photos are not supported: convert it to JPEG or PNG", "the file is truncated").
 */
export interface ImageStore {
  facts(path: string, signal?: AbortSignal): Promise<PhotoFacts>;
  /** RGB bytes, [imageSize, imageSize, 3] row by row, after orientation, sRGB conversion, bit mapping, fit and bicubic resize. */
  pixels(path: string, how: PixelSpec, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * How often each of the 65,536 values occurs among the samples of a photo with more than 8 bits (all channels together);
   * null for 8-bit photos. `app/domain/sixteen-bit.ts` merges them and finds the percentiles of a data set.
   */
  sixteenBitHistogram(path: string, signal?: AbortSignal): Promise<Uint32Array | null>;
}

export type PixelSpec = Pick<Preprocessing, 'imageSize' | 'fit' | 'interpolation'> & {
  readonly sixteenBit: SixteenBitMapping;
};
