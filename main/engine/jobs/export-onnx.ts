import type { EngineResultOf, ExportOnnxJob } from '#app/contract/engine.ts';
import { probabilities } from '#app/domain/metrics.ts';
import { SELF_TEST_TOLERANCE, selfTestError } from '#app/domain/pack-content.ts';
import { fitToSquare, PADDING } from '../../images/fit.ts';
import { selfTestPixels } from '#native-models/data/self-test-inputs.ts';
import { EngineError } from '#native-models/errors.ts';
import { exportOnnx } from '#native-models/export/export-onnx.ts';
import type { Classify, RgbPhoto } from '#native-models/export/export-onnx.ts';
import { Predictor } from '#native-models/infer/predictor.ts';
import { peakResidentBytes } from '#native-models/runtime/memory.ts';
import type { JobHost } from '../jobs.ts';
import { predictorOptions } from './network.ts';

/** Largest difference of a probability between the file and the program. */
const PHOTO_TOLERANCE = 1e-3;

/** Width and height of the photos that the file is tried on, as multiples of the network's input: enlarged, reduced, both. */
const TRIED: readonly (readonly [number, number])[] = [
  [1.5, 0.5],
  [0.6, 2.5],
  [2.3, 2.1],
];

const MEGABYTE = 1e6;

export async function exportOnnxJob(
  job: ExportOnnxJob,
  { emit, checkStopped }: JobHost,
): Promise<EngineResultOf<'export-onnx'>> {
  const startedAt = performance.now();
  const { backbone, adapter, preprocessing, threads } = job;
  const { imageSize, fit, mean, std } = preprocessing;
  const photos = TRIED.map(([wide, high], at) =>
    generatedPhoto(Math.max(1, Math.round(wide * imageSize)), Math.max(1, Math.round(high * imageSize)), at),
  );
  const own = await programsLogits(job, photos);
  await checkStopped();
  let differences = { selfTest: Infinity, photos: Infinity };
  const bytes = await exportOnnx(
    {
      path: job.output,
      weightsPath: backbone.path,
      tensorPrefix: backbone.tensorPrefix,
      spec: backbone.spec,
      method: adapter.method,
      classes: adapter.classes,
      adapterPath: adapter.path,
      preprocessing: { imageSize, fit, mean, std, padding: PADDING },
      metadata: job.metadata,
      threads,
    },
    {
      written: async (done, total) => {
        const [some, all] = [done, total].map((count) => Math.ceil(count / MEGABYTE));
        emit({ type: 'progress', phase: 'exporting', done: some ?? 0, total: all ?? 0 });
        await checkStopped();
      },
      check: async (classify) => {
        differences = await differencesOf(job, classify, photos, own);
      },
    },
  );
  return {
    kind: 'export-onnx',
    bytes,
    selfTestError: differences.selfTest,
    photosError: differences.photos,
    peakRssBytes: peakResidentBytes(),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** Closed before the file is opened: two of them in memory would be twice the backbone. */
async function programsLogits(
  { backbone, adapter, preprocessing, threads }: ExportOnnxJob,
  photos: readonly RgbPhoto[],
): Promise<readonly (readonly number[])[]> {
  const predictor = await Predictor.open({ ...predictorOptions(backbone, adapter, preprocessing, threads), batch: 1 });
  const logits: number[][] = [];
  for (const photo of photos) {
    const { samples } = await fitToSquare({ ...photo, channels: 3 }, preprocessing.imageSize, preprocessing.fit);
    logits.push(...(await predictor.logits([samples])));
  }
  await predictor.close();
  return logits;
}

/** Throws `export.differs` where the file does not classify as the program does. */
async function differencesOf(
  { selfTest, preprocessing: { imageSize: side } }: ExportOnnxJob,
  classify: Classify,
  photos: readonly RgbPhoto[],
  own: readonly (readonly number[])[],
): Promise<{ readonly selfTest: number; readonly photos: number }> {
  const logits: number[][] = [];
  for (const at of selfTest.keys()) {
    logits.push([...(await classify({ width: side, height: side, samples: selfTestPixels(side, at) }))]);
  }
  let largest = 0;
  for (const [at, photo] of photos.entries()) {
    const theirs = probabilities([...(await classify(photo))]);
    probabilities(own[at] ?? []).forEach((p, c) => {
      largest = Math.max(largest, Math.abs(p - (theirs[c] ?? NaN)));
    });
  }
  const differences = { selfTest: selfTestError(selfTest, logits), photos: largest };
  if (differences.selfTest <= SELF_TEST_TOLERANCE && differences.photos <= PHOTO_TOLERANCE) return differences;
  throw new EngineError(
    'export.differs',
    `The exported file does not classify as the program does: its logits of the pack's self-test differ by ` +
      `${differences.selfTest.toExponential(1)} (relative L2; ${SELF_TEST_TOLERANCE} is allowed), its probabilities of generated photos ` +
      `by ${differences.photos.toExponential(1)} (${PHOTO_TOLERANCE} is allowed). It was removed; nothing else was changed.`,
    { data: differences },
  );
}

/** The corner of a generated square. */
function generatedPhoto(width: number, height: number, index: number): RgbPhoto {
  const side = Math.max(width, height);
  const square = selfTestPixels(side, index);
  const samples = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    samples.set(square.subarray(3 * row * side, 3 * (row * side + width)), 3 * row * width);
  }
  return { width, height, samples };
}
