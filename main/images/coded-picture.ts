/**
 * What decides the pixels of a JPEG, as a hash: its tables, frame and scans, the colour profile and the marker that names the
 * colour transform. Equal means the same picture, whatever metadata stand around it; no pixel has to be decoded for it.
 */
import { createHash } from 'node:crypto';
import { jpegMarker, jpegSegments } from './jpeg-segments.ts';
import type { JpegSegment } from './jpeg-segments.ts';

/**
 * SHA-256, 64 hexadecimal digits, of the picture turned by the EXIF `orientation`; null where the markers do not lead from
 * the start to the end of a picture.
 */
export function codedPictureHash(jpeg: Buffer, orientation: number): string | null {
  const hash = createHash('sha256').update(`jpeg, orientation ${orientation}\n`);
  // Neighbours that count are hashed at once: a photo has a dozen segments and one long scan.
  let from = 2;
  for (const segment of jpegSegments(jpeg)) {
    const { marker, start, end } = segment;
    if (marker === jpegMarker.endOfImage) return hash.update(jpeg.subarray(from, start)).digest('hex');
    if (decidesPixels(jpeg, segment)) continue;
    hash.update(jpeg.subarray(from, start));
    from = end;
  }
  return null;
}

/** Application segments and comments do not, but for ICC profiles (APP2) and Adobe's colour transform (APP14). */
function decidesPixels(jpeg: Buffer, { marker, start, end }: JpegSegment): boolean {
  if (marker === jpegMarker.comment) return false;
  if (marker < 0xe0 || marker > 0xef) return true;
  if (marker === jpegMarker.icc) return startsWith(jpeg.subarray(start + 4, end), 'ICC_PROFILE\0');
  return marker === jpegMarker.adobe && startsWith(jpeg.subarray(start + 4, end), 'Adobe');
}

function startsWith(bytes: Buffer, text: string): boolean {
  return bytes.toString('latin1', 0, text.length) === text;
}
