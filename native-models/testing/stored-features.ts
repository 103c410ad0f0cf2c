/** Rows of a feature cache whose every byte follows from the photo's number. */
import { createHash } from 'node:crypto';
import type { StoredTensor } from '../cache/segment.ts';

export const STORED: readonly StoredTensor[] = [
  { key: 'a'.repeat(64), bytes: 4000 },
  { key: 'b'.repeat(64), bytes: 1200 },
  { key: 'c'.repeat(64), bytes: 60 },
];

export function photoHash(photo: number): string {
  return createHash('sha256').update(`photo ${photo}`).digest('hex');
}

export function photoValues(photo: number): Uint8Array[] {
  return STORED.map(({ bytes }, tensor) =>
    Uint8Array.from({ length: bytes }, (_, at) => (31 * photo + 7 * tensor + at * (at % 13)) & 0xff),
  );
}
