/** The preprocessing inside an exported file beside the program's own, pixel by pixel. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitToSquare, PADDING } from '../../images/fit.ts';
import { photoLike } from '../../images/testing/pictures.ts';
import { NodeList } from '#native-models/export/node-list.ts';
import { addPreprocessing } from '#native-models/export/preprocessing.ts';
import { encodeModel } from '#native-models/formats/onnx.ts';
import { ModelFileSession } from '#native-models/runtime/model-file-session.ts';

const SIDE = 64;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-preprocessing-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Gives bytes as floats: normalised with mean 0 and std 1/255. */
async function openFit(fit: 'squash' | 'crop' | 'pad'): Promise<ModelFileSession> {
  const list = new NodeList('preprocessing');
  const unit = 1 / 255;
  addPreprocessing(list, 'image', 'pixels', {
    imageSize: SIDE,
    fit,
    padding: PADDING,
    mean: [0, 0, 0],
    std: [unit, unit, unit],
  });
  const path = join(folder, `${fit}.onnx`);
  const model = encodeModel({
    irVersion: 9,
    producer: 'test',
    opsets: [{ domain: '', version: 18 }],
    graph: {
      name: 'g',
      nodes: list.nodes,
      inputs: [{ name: 'image', dtype: 'uint8', shape: ['height', 'width', 3] }],
      outputs: [{ name: 'pixels', dtype: 'float32', shape: [1, 3, SIDE, SIDE] }],
      initializers: list.initializers,
    },
  });
  await writeFile(path, model);
  return ModelFileSession.open(path, 1);
}

/** As multiples of the square: none, one or both axes reduced to half or less, by blocks of 2, 3, 4 and 7, and the edges of it. */
const sizes: readonly (readonly [number, number])[] = [
  [64, 64],
  [65, 63],
  [40, 90],
  [127, 127],
  [128, 128],
  [128, 100],
  [100, 128],
  [100, 500],
  [500, 100],
  [30, 400],
  [400, 30],
  [256, 255],
  [384, 257],
  [640, 427],
  [897, 901],
  [1, 1],
  [1, 300],
  [300, 2],
  [3, 2],
];

describe.each(['squash', 'crop', 'pad'] as const)('the exported %s', (fit) => {
  let session: ModelFileSession;
  beforeAll(async () => {
    session = await openFit(fit);
  });
  afterAll(() => session.release());

  it.each(sizes)('gives the pixels of the program for %i x %i', async (width, height) => {
    const photo = photoLike(width, height, width + 7 * height);
    const own = await fitToSquare(photo, SIDE, fit);
    const image = { type: 'uint8' as const, shape: [height, width, 3], data: photo.samples };
    const planes = await session.run('image', image, 'pixels');
    let [differing, largest] = [0, 0];
    own.samples.forEach((value, at) => {
      const there = planes[(at % 3) * SIDE * SIDE + Math.floor(at / 3)] ?? NaN;
      const difference = Math.abs(Math.round(there) - value);
      if (difference > 0) differing++;
      largest = Math.max(largest, difference);
    });
    // Single roundings, of pixels and of positions, may fall to the other side; a shifted, blurred or darker picture differs
    // nearly everywhere.
    expect(largest).toBeLessThanOrEqual(2);
    expect(differing / own.samples.length).toBeLessThanOrEqual(0.02);
  });
});
