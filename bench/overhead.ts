/**
 * What a training step takes beside the runtime's own work: reading features or pixels, targets, sums and the optimiser.
 *
 *   node bench/overhead.ts [--model vit_tiny_patch16_224] [--batch 8] [--photos 64] [--epochs 8] [--threads 2]
 *
 * A whole run of the engine's library on random weights and generated pixels; the time inside onnxruntime's own `session.run`
 * is taken off that between the first and the last step of each epoch. Raw numbers go to bench/results/overhead.json.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { methodFor } from '#app/domain/method-defaults.ts';
import { adjustRecipe, defaultRecipe } from '#app/domain/recipes.ts';
import { selfTestPixels } from '#native-models/data/self-test-inputs.ts';
import { writeRandomWeights } from '#native-models/models/random-weights.ts';
import { model } from '#native-models/models/registry.ts';
import { runtimeVersion } from '#native-models/runtime/providers.ts';
import { timeInRuntime } from '#native-models/runtime/time-in-runtime.ts';
import { trainRun } from '#native-models/train/run.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'vit_tiny_patch16_224' },
    batch: { type: 'string', default: '8' },
    photos: { type: 'string', default: '64' },
    epochs: { type: 'string', default: '8' },
    threads: { type: 'string', default: '2' },
  },
});
const [batch, photos, epochs, threads] = [values.batch, values.photos, values.epochs, values.threads].map(Number) as [
  number,
  number,
  number,
  number,
];
const folder = mkdtempSync(join(tmpdir(), 'dtl-overhead-'));

const inRuntime = timeInRuntime();

/** Milliseconds a step beside the runtime, one an epoch. */
async function measure(cache: 'float16' | 'none'): Promise<number[]> {
  const spec = model(values.model);
  const weightsPath = join(folder, 'backbone.safetensors');
  const steps = photos / batch;
  const beside: number[] = [];
  let from: { readonly at: number; readonly inRuntime: number } | null = null;
  const recipe = adjustRecipe(defaultRecipe, { epochs, batchSize: batch });
  await trainRun(
    {
      directory: mkdtempSync(join(folder, 'run-')),
      weightsPath,
      tensorPrefix: '',
      spec,
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      method: methodFor('dtl+', spec),
      recipe,
      plan: { threads, microBatch: batch, cache, packWeights: true },
      features: { folder: join(folder, 'features'), limitBytes: 1e12, backbone: 'random', preprocessing: 'generated' },
      seed: 0,
      classes: 4,
      photos: Array.from({ length: photos }, (_, id) => ({
        id,
        label: id % 4,
        subset: 'train' as const,
        content: createHash('sha256').update(String(id)).digest('hex'),
      })),
      resume: false,
    },
    {
      check: () => Promise.resolve(),
      pixels: ({ id }) => Promise.resolve(selfTestPixels(spec.imageSize, id)),
      progress: (phase, done) => {
        if (phase !== 'training') return;
        const now = { at: performance.now(), inRuntime: inRuntime() };
        // The first step of an epoch waits for what the end of the epoch before left behind.
        if (done % steps === 1) from = now;
        if (done % steps === 0 && from !== null)
          beside.push((now.at - from.at - (now.inRuntime - from.inRuntime)) / (steps - 1));
      },
      epoch: () => '',
      epochAgain: () => undefined,
      checkpoint: () => undefined,
      photoFailed: ({ id }, reason) => {
        throw new Error(`photo ${id}: ${reason}`);
      },
      checkStopped: () => new Promise((resolve) => setImmediate(resolve)),
    },
  );
  return beside;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

try {
  await writeRandomWeights(join(folder, 'backbone.safetensors'), model(values.model));
  const rows = [];
  for (const cache of ['float16', 'none'] as const) {
    const milliseconds = await measure(cache);
    rows.push({ cache, median: median(milliseconds), milliseconds });
    console.log(
      `${cache === 'none' ? 'uncached' : 'cached'}: ${median(milliseconds).toFixed(2)} ms a step beside the runtime`,
    );
  }
  const result = {
    what: `milliseconds of a training step outside session.run, ${values.model}, batch ${batch}`,
    threads,
    rows,
    load: loadavg()[0],
    runtime: runtimeVersion(),
    node: process.version,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
  };
  writeFileSync(new URL('results/overhead.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
