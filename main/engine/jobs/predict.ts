import type { EngineResultOf, PredictJob } from '#app/contract/engine.ts';
import { createImageStore } from '../../images/image-store.ts';
import { PacksPredictor } from '#native-models/infer/packs-predictor.ts';
import { peakResidentBytes } from '#native-models/runtime/memory.ts';
import type { JobHost } from '../jobs.ts';
import { networkOptions } from './network.ts';
import { photoFolders } from './photo-folders.ts';
import { readPixels } from './photos.ts';

export async function predictJob(job: PredictJob, { emit, checkStopped }: JobHost): Promise<EngineResultOf<'predict'>> {
  const startedAt = performance.now();
  const images = createImageStore();
  const { backbone, adapters, preprocessing, threads } = job;
  const predictor = await PacksPredictor.open({
    ...networkOptions(backbone, preprocessing, threads),
    adapters,
  });
  const folders = await photoFolders(job.samples.map(({ path }) => path));
  let done = 0;
  const passed = (photos: number): void => {
    done += photos;
    emit({ type: 'progress', phase: 'predicting', done, total: job.samples.length });
  };
  const batches = predictor.predict(job.samples, {
    pixels: async ({ path }) => {
      try {
        return await readPixels(images, path, preprocessing);
      } catch (error) {
        await folders.check(path);
        throw error;
      }
    },
    photoFailed: ({ id, path }, reason) => {
      emit({ type: 'photo-failed', id, path, reason });
      passed(1);
    },
    checkStopped,
  });
  for await (const rows of batches) {
    emit({ type: 'predictions', rows: rows.map(({ photo, logits }) => ({ id: photo.id, logits })) });
    passed(rows.length);
    await checkStopped();
  }
  await predictor.close();
  return { kind: 'predict', peakRssBytes: peakResidentBytes(), seconds: (performance.now() - startedAt) / 1000 };
}
