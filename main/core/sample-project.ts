/** Photos for who has none at hand: enough of them labelled to train on, the others left to be labelled by hand. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cancelled } from '#app/domain/errors.ts';
import type { Work } from '#app/ports/work.ts';

/**
 * Of each class so many photos have a label, and the rest none. The photos are what `renderSamplePhotos` draws of its first
 * four classes with seed 0, 40 of each at 224 pixels; they come with the program, since drawing them takes ten seconds of
 * somebody's first minute.
 */
const LABELLED = 28;
const shipped = new URL('./sample-photos/', import.meta.url);

export interface SampleFolder {
  readonly folder: string;
  /** Names of the subfolders that serve as labels. */
  readonly labels: readonly string[];
}

/**
 * Copies the photos into a folder of their own below `home`: `<class>/...` with labels, and directly in the folder the
 * others, classes in turn, so that labelling them is not the same key again and again. When it is stopped, nothing stays.
 */
export async function copySample(home: string, { signal }: Work = {}): Promise<SampleFolder> {
  const folder = await freeFolder(join(home, 'samples'));
  const labels = new Set<string>();
  try {
    for (const name of (await readdir(shipped)).sort()) {
      if (signal?.aborted) throw cancelled('Preparing the sample photos');
      const [, className = '', digits = ''] = /^(.+)-(\d{3})\.jpg$/.exec(name) ?? [];
      labels.add(className);
      const path = join(folder, Number(digits) <= LABELLED ? join(className, name) : `new-${digits}-${className}.jpg`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await readFile(new URL(name, shipped)));
    }
    return { folder, labels: [...labels] };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The next number that no sample project has: its photos may have been relabelled and are not written over. */
async function freeFolder(place: string): Promise<string> {
  await mkdir(place, { recursive: true });
  const taken = (await readdir(place)).map((name) => Number(name)).filter(Number.isSafeInteger);
  const folder = join(place, String(Math.max(0, ...taken) + 1));
  await mkdir(folder);
  return folder;
}
