import type { AdapterFile, BackboneFile, TrainJob } from '#app/contract/engine.ts';
import type { PacksPredictorOptions } from '#native-models/infer/packs-predictor.ts';
import type { PredictorOptions } from '#native-models/infer/predictor.ts';

/** Photos in one run of the graph while predicting. */
const PREDICT_BATCH = 8;

/** Everything but the adapter. */
export function networkOptions(
  backbone: BackboneFile,
  preprocessing: TrainJob['preprocessing'],
  threads: number,
): Omit<PacksPredictorOptions, 'adapters'> {
  return {
    weightsPath: backbone.path,
    tensorPrefix: backbone.tensorPrefix,
    spec: backbone.spec,
    normalisation: { mean: preprocessing.mean, std: preprocessing.std },
    threads,
    batch: PREDICT_BATCH,
  };
}

export function predictorOptions(
  backbone: BackboneFile,
  adapter: AdapterFile,
  preprocessing: TrainJob['preprocessing'],
  threads: number,
): PredictorOptions {
  const { method, classes, path: adapterPath } = adapter;
  return { ...networkOptions(backbone, preprocessing, threads), method, classes, adapterPath };
}
