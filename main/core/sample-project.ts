/** Photos for who has none at hand: enough of them labelled to train on, the others left to be labelled by hand. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Work } from '#app/ports/work.ts';
import { renderSamplePhotos } from '../images/sample-photos.ts';

/** Of each of four classes 40 photos, 12 of them without a label. */
const SAMPLE = { seed: 0, classes: 4, perClass: 40, labelled: 28, size: 224 };

export interface SampleFolder {
  readonly folder: string;
  /** Names of the subfolders that serve as labels. */
  readonly labels: readonly string[];
}

/**
 * Draws the photos into a folder of their own below `home`: `<class>/...` with labels, and directly in the folder the
 * others, classes in turn, so that labelling them is not the same key again and again. When it is stopped, nothing stays.
 */
export async function renderSample(home: string, { signal, onProgress }: Work = {}): Promise<SampleFolder> {
  const folder = await freeFolder(join(home, 'samples'));
  try {
    const labels = await renderSamplePhotos(folder, {
      ...SAMPLE,
      placeOf: (className, number) => {
        const digits = String(number).padStart(3, '0');
        return number <= SAMPLE.labelled
          ? join(className, `${className}-${digits}.jpg`)
          : `new-${digits}-${className}.jpg`;
      },
      ...(signal === undefined ? {} : { signal }),
      onProgress: (done, total) => onProgress?.({ phase: 'rendering', done, total }),
    });
    return { folder, labels };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The next number that no sample project has: its photos may have been relabelled and are not drawn over. */
async function freeFolder(place: string): Promise<string> {
  await mkdir(place, { recursive: true });
  const taken = (await readdir(place)).map((name) => Number(name)).filter(Number.isSafeInteger);
  const folder = join(place, String(Math.max(0, ...taken) + 1));
  await mkdir(folder);
  return folder;
}
