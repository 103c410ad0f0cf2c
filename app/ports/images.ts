import type { ContentHash } from '../domain/ids.ts';
import type { PhotoFacts } from '../domain/photo.ts';
import type { Preprocessing, SixteenBitMapping } from '../domain/preprocessing.ts';

/**
 * Decoding, the one place where orientation, colour profile, alpha and bit depth are dealt with.
 * Every method throws AppError `image.missing` (data: path) where there is no such file, `image.undecodable` (data: path,
 * reason; passing: whether it may well be readable the next time) for a file that cannot be read as a photo, and `cancelled`
 * when the signal asks to stop. The reason is plain words ("HEIC/HEIF photos are not supported: convert it to JPEG or PNG",
 * "the file is truncated").
 */
export interface ImageStore {
  /** `keep` gets the thumbnail, made from the same decoding. */
  facts(path: string, signal?: AbortSignal, keep?: (thumbnail: Uint8Array) => Promise<void>): Promise<PhotoFacts>;
  /** JPEG with a longest side of at most 256 pixels, the photo as viewed; more than 8 bits by the photo's own contrast. */
  thumbnail(path: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** The same with a longest side of at most 4096 pixels. */
  preview(path: string, signal?: AbortSignal): Promise<Uint8Array>;
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

/** Small pictures by the content of their photos. What cannot be kept is made again when it is asked for. */
export interface PictureCache {
  /** Null where there is none, or one that a crash cut off. */
  read(content: ContentHash): Promise<Uint8Array | null>;
  keep(content: ContentHash, picture: Uint8Array): Promise<void>;
}
