import type { Preprocessing, SixteenBitMapping } from '../domain/preprocessing.ts';

/** What is known of a photo without keeping its pixels. Width and height are those seen AFTER orientation is applied. */
export interface PhotoFacts {
  readonly width: number;
  readonly height: number;
  /** EXIF orientation as stored, 1..8 (1 where there is none). */
  readonly orientation: number;
  /** `jpeg`, `png`, `webp`, `avif`, `gif` or `tiff`. */
  readonly format: string;
  readonly bitsPerSample: 8 | 16;
  /** 64-bit DCT perceptual hash as 16 hex digits, over the photo as it is viewed (oriented, sRGB). */
  readonly perceptualHash: string;
  /** SHA-256 of the decoded, oriented sRGB pixels and their size: equal means "same pixels" whatever the container. */
  readonly pixelHash: string;
}

/**
 * Decoding, the one place where orientation, colour profile, alpha and bit depth are dealt with.
 * Every method throws AppError `image.undecodable` (data: path, reason) for a file that cannot be read as a photo;
 * the reason is plain words ("HEIC photos are not supported: convert them to JPEG or PNG", "the file is truncated").
 */
export interface ImageStore {
  facts(path: string, signal?: AbortSignal): Promise<PhotoFacts>;
  /** RGB bytes, [imageSize, imageSize, 3] row by row, after orientation, sRGB conversion, bit mapping, fit and bicubic resize. */
  pixels(path: string, how: PixelSpec): Promise<Uint8Array>;
  /** Low and high sample values of a 16-bit photo's histogram summary, for the percentile mapping; null for 8-bit photos. */
  sixteenBitHistogram(path: string): Promise<Uint32Array | null>;
}

export type PixelSpec = Pick<Preprocessing, 'imageSize' | 'fit' | 'interpolation'> & { readonly sixteenBit: SixteenBitMapping };
