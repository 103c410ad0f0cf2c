/**
 * Small pictures on the disk, at `<folder>/<first two digits>/<content hash>.webp`. Files appear whole; they are not forced to
 * the disk, which would be most of an import's time, so that after a power cut one may be empty or half there: what WebP
 * says of its own length tells.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { discard, partialPath } from '#native-models/formats/write-atomic.ts';
import type { ContentHash } from '#app/domain/ids.ts';
import type { PictureCache } from '#app/ports/images.ts';

export function pictureCache(folder: string): PictureCache {
  const pathOf = (content: ContentHash): string => join(folder, content.slice(0, 2), `${content}.webp`);
  return {
    read: async (content) => {
      const bytes = await readFile(pathOf(content)).catch(() => null);
      return bytes !== null && isWhole(bytes) ? new Uint8Array(bytes) : null;
    },
    // A full or read-only disk must not end an import: nothing but speed is lost.
    keep: (content, picture) => replace(pathOf(content), picture).catch(() => undefined),
  };
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const partial = partialPath(path);
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(partial, bytes, { flag: 'wx' });
    await rename(partial, path);
  } catch (error) {
    await discard(partial);
    throw error;
  }
}

/** `RIFF`, then the length of what follows, rounded up to an even number of bytes. */
function isWhole(bytes: Buffer): boolean {
  return bytes.length > 12 && bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.readUInt32LE(4) + 8 === bytes.length;
}
