import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createImageStore } from '../images/image-store.ts';
import { copySample } from './sample-project.ts';
import { renderSamplePhotos } from './samples.ts';

const images = createImageStore();
const pixelsOf = (path: string): Promise<Uint8Array> =>
  images.pixels(path, { imageSize: 224, fit: 'squash', interpolation: 'bicubic', sixteenBit: { kind: 'full-range' } });

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'dtl-sample-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

it('are four classes of 28 photos in their folders, and 48 without a label, classes in turn', async () => {
  const home = await folder();
  const sample = await copySample(home);
  expect(sample).toEqual({
    folder: join(home, 'samples', '1'),
    labels: ['ball-bearing', 'gear', 'hex-nut', 'lock-washer'],
  });
  for (const label of sample.labels) expect(await readdir(join(sample.folder, label))).toHaveLength(28);
  const others = (await readdir(sample.folder)).filter((name) => name.endsWith('.jpg')).sort();
  expect(others).toHaveLength(48);
  expect(others.slice(0, 5)).toEqual([
    'new-029-ball-bearing.jpg',
    'new-029-gear.jpg',
    'new-029-hex-nut.jpg',
    'new-029-lock-washer.jpg',
    'new-030-ball-bearing.jpg',
  ]);
  expect((await copySample(home)).folder).toBe(join(home, 'samples', '2'));
});

it('are what the program draws', async () => {
  const [home, drawn] = [await folder(), await folder()];
  const sample = await copySample(home);
  await renderSamplePhotos(drawn, { seed: 0, classes: 4, perClass: 1, size: 224 });
  for (const label of sample.labels) {
    const name = join(label, `${label}-001.jpg`);
    const [ours, fresh] = await Promise.all([sample.folder, drawn].map((place) => pixelsOf(join(place, name))));
    if (ours === undefined || fresh === undefined) return expect.fail('two pictures expected');
    // Another version of the encoder may round otherwise.
    const difference = ours.reduce((sum, value, at) => sum + Math.abs(value - (fresh[at] ?? 0)), 0) / ours.length;
    expect(difference).toBeLessThan(1);
  }
});

it('leave nothing behind when they are stopped', async () => {
  const home = await folder();
  await expect(copySample(home, { signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'cancelled' });
  expect(await readdir(join(home, 'samples'))).toEqual([]);
});
