/**
 * Size and orientation of a JPEG from its markers. Asking the decoder for them sets up a whole pipeline, which is a tenth of the
 * time in which a small photo comes into the library.
 */
import { isFrame, jpegMarker, jpegSegments } from './jpeg-segments.ts';
import { readFirstDirectory, tiffTag } from './tiff-directory.ts';

export interface JpegHeader {
  /** Pixels, as stored: before the orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1..8; undefined where the file has none. */
  readonly orientation: number | undefined;
}

/**
 * Null for whatever is out of the ordinary and better left to the decoder: other than 8 bits, other than grey or three
 * components, several EXIF segments or a broken one, a height that only the scan tells.
 */
export function jpegHeader(jpeg: Buffer): JpegHeader | null {
  let size: Pick<JpegHeader, 'width' | 'height'> | null = null;
  let exif: Buffer | null = null;
  for (const { marker, start, end } of jpegSegments(jpeg)) {
    const content = jpeg.subarray(start + 4, end);
    if (marker === jpegMarker.startOfScan) {
      if (size === null) return null;
      if (exif === null) return { ...size, orientation: undefined };
      const orientation = orientationOf(exif);
      return orientation === null ? null : { ...size, orientation };
    }
    if (isFrame(marker)) {
      if (size !== null) return null;
      size = sizeOf(content);
      if (size === null) return null;
    } else if (marker === jpegMarker.exif && content.toString('latin1', 0, 4) === 'Exif') {
      if (exif !== null) return null;
      exif = content;
    }
  }
  return null;
}

/** Of a frame header: bits, height, width, components. */
function sizeOf(frame: Buffer): Pick<JpegHeader, 'width' | 'height'> | null {
  if (frame.length < 6) return null;
  const [bits, height, width, components] = [frame[0], frame.readUInt16BE(1), frame.readUInt16BE(3), frame[5]];
  if (bits !== 8 || height === 0 || width === 0 || (components !== 1 && components !== 3)) return null;
  return { width, height };
}

/** Null where it cannot be told; undefined where there is a directory without it. */
function orientationOf(exif: Buffer): number | null | undefined {
  if (exif.toString('latin1', 0, 6) !== 'Exif\0\0') return null;
  const tags = readFirstDirectory(exif.subarray(6));
  if (tags === undefined) return null;
  const values = tags.get(tiffTag.orientation);
  if (values === undefined) return undefined;
  const [orientation = 0] = values;
  return values.length === 1 && orientation >= 1 && orientation <= 8 ? orientation : null;
}
