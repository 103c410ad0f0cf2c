/**
 * Several packs at once beside as many single predictions, on random weights, with the same photos and in the same process:
 *
 *   node bench/packs.ts [--model vit_base_patch16_224] [--packs 4] [--photos 4] [--threads 2] [--repeats 7]
 *
 * Decoding is left out on both sides: pixels are made beforehand. What is compared takes turns, after one round that is not
 * counted; the ratio is that of the medians. Raw numbers go to bench/results/packs.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDtl } from '#native-models/adapters/dtl/config.ts';
import { trainedParameters } from '#native-models/adapters/method.ts';
import { selfTestPixels } from '#native-models/data/self-test-inputs.ts';
import { encodeSafetensors } from '#native-models/formats/safetensors.ts';
import { elementCount } from '#native-models/graph/types.ts';
import { PacksPredictor } from '#native-models/infer/packs-predictor.ts';
import { randomValues, writeRandomWeights } from '#native-models/models/random-weights.ts';
import { model } from '#native-models/models/registry.ts';
import { runtimeVersion } from '#native-models/runtime/providers.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'vit_base_patch16_224' },
    packs: { type: 'string', default: '4' },
    photos: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '7' },
  },
});
const [packs, photos, threads, repeats] = [values.packs, values.photos, values.threads, values.repeats].map(Number) as [
  number,
  number,
  number,
  number,
];
const CLASSES = 20;
const folder = mkdtempSync(join(tmpdir(), 'dtl-packs-bench-'));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

try {
  const spec = model(values.model);
  const weightsPath = join(folder, 'backbone.safetensors');
  await writeRandomWeights(weightsPath, spec);
  const method = { name: 'dtl+' as const, beta: 100, kernel: 5 as const, ...defaultDtl(spec) };
  const adapters = Array.from({ length: packs }, (_, pack) => {
    const path = join(folder, `pack-${pack}.safetensors`);
    const tensors = [...trainedParameters(method, spec, CLASSES)].map(([name, shape]) => ({
      name,
      dtype: 'float32' as const,
      shape,
      data: new Uint8Array(randomValues(`${pack} ${name}`, elementCount(shape), 0.02).buffer),
    }));
    writeFileSync(path, encodeSafetensors(tensors, {}));
    return { path, method, classes: CLASSES };
  });
  const normalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;
  const options = { weightsPath, tensorPrefix: '', spec, normalisation, threads, batch: photos };
  const together = await PacksPredictor.open({ ...options, adapters });
  const alone = await PacksPredictor.open({ ...options, adapters: adapters.slice(0, 1) });
  const pixels = Array.from({ length: photos }, (_, index) => selfTestPixels(spec.imageSize, index));
  const togetherMilliseconds: number[] = [];
  const singlesMilliseconds: number[] = [];
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const singles = await timed(async () => {
      for (let pack = 0; pack < packs; pack++) await alone.logits(pixels);
    });
    const all = await timed(() => together.logits(pixels));
    if (repeat === 0) continue;
    singlesMilliseconds.push(singles);
    togetherMilliseconds.push(all);
  }
  await together.close();
  await alone.close();
  const ratio = median(togetherMilliseconds) / median(singlesMilliseconds);
  const result = {
    what: `${packs} packs at once / ${packs} single predictions, decoding left out`,
    model: values.model,
    method,
    packs,
    photos,
    threads,
    ratio,
    expected: (7 + 5 * packs) / (12 * packs),
    togetherMilliseconds,
    singlesMilliseconds,
    load: loadavg()[0],
    runtime: runtimeVersion(),
    node: process.version,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
  };
  writeFileSync(new URL('results/packs.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
  console.log(`${result.what}: ${ratio.toFixed(3)} (load ${result.load?.toFixed(1)})`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
