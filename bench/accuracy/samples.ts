/** Photos of a set with one folder a class, and their split as a run gets them. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainJob } from '#app/contract/engine.ts';
import { DEFAULT_FRACTIONS, drawSplit } from '#app/domain/draw-split.ts';
import { createImageStore } from '#main/images/image-store.ts';

const PHOTO = /\.(jpe?g|png|webp|tiff?)$/i;

interface Photo {
  readonly path: string;
  readonly label: number;
  readonly bytes: number;
}

export function photosIn(folder: string): { classNames: string[]; photos: Photo[] } {
  const classNames = readdirSync(folder)
    .filter((name) => statSync(join(folder, name)).isDirectory())
    .sort();
  const photos = classNames.flatMap((name, label) =>
    readdirSync(join(folder, name))
      .filter((file) => PHOTO.test(file))
      .sort()
      .map((file) => {
        const path = join(folder, name, file);
        return { path, label, bytes: statSync(path).size };
      }),
  );
  return { classNames, photos };
}

export async function samplesOf(photos: readonly Photo[], seed: number): Promise<TrainJob['samples'][number][]> {
  const images = createImageStore();
  const facts = await Promise.all(photos.map(({ path }) => images.facts(path)));
  const candidates = photos.map(({ path, label }, at) => ({
    label,
    contentHash: createHash('sha256').update(readFileSync(path)).digest('hex'),
    pixelHash: facts[at]?.pixelHash ?? null,
    perceptualHash: facts[at]?.perceptualHash ?? null,
    group: null,
  }));
  const { subsets } = drawSplit(candidates, seed, DEFAULT_FRACTIONS);
  return photos.map((photo, id) => ({
    ...photo,
    id,
    subset: subsets[id] ?? 'train',
    contentHash: candidates[id]?.contentHash ?? '',
  }));
}
