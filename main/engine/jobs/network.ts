import type { AdapterFile, BackboneFile, TrainJob } from '#app/contract/engine.ts';
import type { PredictorOptions } from '#native-models/infer/predictor.ts';

/** Photos in one run of the graph while predicting. */
const PREDICT_BATCH = 8;

export function predictorOptions(
  backbone: BackboneFile,
  adapter: AdapterFile,
  preprocessing: TrainJob['preprocessing'],
  threads: number,
): PredictorOptions {
  return {
    weightsPath: backbone.path,
    tensorPrefix: backbone.tensorPrefix,
    spec: backbone.spec,
    normalisation: { mean: preprocessing.mean, std: preprocessing.std },
    method: adapter.method,
    classes: adapter.classes,
    adapterPath: adapter.path,
    threads,
    batch: PREDICT_BATCH,
  };
}
