/**
 * What decides the pixels of a JPEG, as a hash: its tables, frame and scans, the colour profile and the marker that names the
 * colour transform. Equal means the same picture, whatever metadata stand around it; no pixel has to be decoded for it.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { jpegMarker, jpegSegments } from './jpeg-segments.ts';
import type { JpegSegment } from './jpeg-segments.ts';

/**
 * 64 hexadecimal digits: SHA-256 over the EXIF `orientation` by which the picture is turned, its length and its checksum; null
 * where the markers do not lead from the start to the end of a picture.
 */
export function codedPictureHash(jpeg: Buffer, orientation: number): string | null {
  const checksum = new Checksum();
  // Neighbours that count go in at once: a photo has a dozen segments and one long scan.
  let from = 2;
  for (const segment of jpegSegments(jpeg)) {
    const { marker, start, end } = segment;
    if (marker === jpegMarker.endOfImage) {
      checksum.add(jpeg.subarray(from, start));
      const { bytes, tag } = checksum.end();
      return createHash('sha256')
        .update(`jpeg, orientation ${orientation}, ${bytes} bytes\n`)
        .update(tag)
        .digest('hex');
    }
    if (decidesPixels(jpeg, segment)) continue;
    checksum.add(jpeg.subarray(from, start));
    from = end;
  }
  return null;
}

/**
 * GHASH (NIST SP 800-38D) of 128 bits, through AES-GCM with a key that is no secret: by accident two pictures never have the same,
 * and whoever means to make two that do could as well copy one. At 5 GB/s it costs a fifth of SHA-256, which over photos from
 * cameras was a tenth of an import's time. Their files have their SHA-256 besides.
 */
class Checksum {
  readonly #cipher = createCipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12));
  #bytes = 0;

  add(bytes: Buffer): void {
    this.#cipher.setAAD(bytes);
    this.#bytes += bytes.length;
  }

  end(): { readonly bytes: number; readonly tag: Buffer } {
    this.#cipher.final();
    return { bytes: this.#bytes, tag: this.#cipher.getAuthTag() };
  }
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
