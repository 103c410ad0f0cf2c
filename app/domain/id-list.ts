/**
 * A long list of photos as one text, in its order: `1-99,205,204`. A hundred thousand numbers in JSON are looked at one by
 * one wherever they pass a border; a text is one value, and photos that stand in the order of their numbers are short.
 */
import { photoId } from './id-of.ts';
import type { PhotoId } from './ids.ts';

export function writeIds(photos: ArrayLike<number>): string {
  const parts: string[] = [];
  for (let at = 0; at < photos.length;) {
    const first = photos[at] ?? 0;
    let end = at + 1;
    while (photos[end] === first + end - at) end++;
    parts.push(end - at === 1 ? String(first) : `${first}-${first + end - at - 1}`);
    at = end;
  }
  return parts.join(',');
}

export function readIds(text: string): PhotoId[] {
  const photos: PhotoId[] = [];
  if (text === '') return photos;
  for (const part of text.split(',')) {
    const dash = part.indexOf('-');
    const first = Number(dash === -1 ? part : part.slice(0, dash));
    const last = dash === -1 ? first : Number(part.slice(dash + 1));
    for (let photo = first; photo <= last; photo++) photos.push(photoId(photo));
  }
  return photos;
}
