/**
 * Small pictures on the disk, at `<folder>/<first two digits>/<content hash>.jpg`. Files appear whole; they are not forced to
 * the disk, which would be most of an import's time, so that after a power cut one may be empty or half there: a JPEG's
 * last two bytes tell.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { discard, partialPath } from '#native-models/formats/write-atomic.ts';
import type { ContentHash } from '#app/domain/ids.ts';
import type { PictureCache } from '#app/ports/images.ts';

export function pictureCache(folder: string): PictureCache {
  const pathOf = (content: ContentHash): string => join(folder, content.slice(0, 2), `${content}.jpg`);
  return {
    read: async (content) => {
      const bytes = await readFile(pathOf(content)).catch(() => null);
      // Its own memory, and not a copy: a page of pictures is read for each movement of the wheel.
      return bytes !== null && isWhole(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : null;
    },
    // A full or read-only disk must not end an import: nothing but speed is lost.
    keep: async (content, picture) => {
      const path = pathOf(content);
      // Nearly always the folder is there, so that it is made only where it was missed.
      await replace(path, picture)
        .catch(async () => {
          await mkdir(dirname(path), { recursive: true });
          await replace(path, picture);
        })
        .catch(() => undefined);
    },
  };
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const partial = partialPath(path);
  try {
    await writeFile(partial, bytes, { flag: 'wx' });
    await rename(partial, path);
  } catch (error) {
    await discard(partial);
    throw error;
  }
}

/** From the mark of the image's start to that of its end. */
function isWhole(bytes: Buffer): boolean {
  return bytes.length > 4 && bytes.readUInt16BE(0) === 0xff_d8 && bytes.readUInt16BE(bytes.length - 2) === 0xff_d9;
}
