/**
 * What decides the pixels of a JPEG, as a hash: its tables, frame and scans, the colour profile and the marker that names the
 * colour transform. Equal means the same picture, whatever metadata stand around it; no pixel has to be decoded for it.
 */
import { createHash } from 'node:crypto';

const SOS = 0xda;
const EOI = 0xd9;
const COMMENT = 0xfe;

/**
 * SHA-256, 64 hexadecimal digits, of the picture turned by the EXIF `orientation`; null where the markers do not lead from
 * the start to the end of a picture.
 */
export function codedPictureHash(jpeg: Uint8Array, orientation: number): string | null {
  const hash = createHash('sha256').update(`jpeg, orientation ${orientation}\n`);
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  let at = 2;
  // Neighbours that count are hashed at once: a photo has a dozen segments and one long scan.
  let from = at;
  while (at + 4 <= jpeg.length) {
    if (jpeg[at] !== 0xff) return null;
    const marker = jpeg[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === EOI) return hash.update(jpeg.subarray(from, at)).digest('hex');
    const end = at + 2 + view.getUint16(at + 2);
    if (end > jpeg.length) return null;
    if (!decidesPixels(jpeg, marker, at, end)) {
      hash.update(jpeg.subarray(from, at));
      from = end;
    }
    at = marker === SOS ? endOfScan(jpeg, end) : end;
  }
  return at + 2 <= jpeg.length && jpeg[at + 1] === EOI ? hash.update(jpeg.subarray(from, at)).digest('hex') : null;
}

/** Application segments and comments do not, but for ICC profiles (APP2) and Adobe's colour transform (APP14). */
function decidesPixels(jpeg: Uint8Array, marker: number, at: number, end: number): boolean {
  if (marker === COMMENT) return false;
  if (marker < 0xe0 || marker > 0xef) return true;
  if (marker === 0xe2) return startsWith(jpeg.subarray(at + 4, end), 'ICC_PROFILE\0');
  return marker === 0xee && startsWith(jpeg.subarray(at + 4, end), 'Adobe');
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(text, 'latin1').equals(bytes.subarray(0, text.length));
}

/** The first marker behind coded data: there 0xff stands before 0 (a coded 0xff) or before a restart marker. */
function endOfScan(jpeg: Uint8Array, start: number): number {
  for (let at = jpeg.indexOf(0xff, start); at !== -1; at = jpeg.indexOf(0xff, at + 1)) {
    const next = jpeg[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return jpeg.length;
}
