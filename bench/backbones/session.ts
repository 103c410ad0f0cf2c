/**
 * One engine process: `node bench/backbones/session.ts FILE VARIANT ADAPTER THREADS` opens a stored backbone with a DTL+
 * adapter and classifies 8 photos of noise. Prints the seconds until it was ready, those of the forward pass, and the bytes
 * that the process held at its peak before both and at the end.
 */
import { selfTestPixels } from '#native-models/data/self-test-inputs.ts';
import { defaultDtl } from '#native-models/adapters/dtl/config.ts';
import { Predictor } from '#native-models/infer/predictor.ts';
import { model } from '#native-models/models/registry.ts';
import { peakResidentBytes } from '#native-models/runtime/memory.ts';

const [weightsPath = '', variant = '', adapterPath = '', threads = '2'] = process.argv.slice(2);
const PHOTOS = 8;

const spec = model(variant);
const before = peakResidentBytes();
const start = performance.now();
const predictor = await Predictor.open({
  weightsPath,
  tensorPrefix: '',
  spec,
  normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  method: { name: 'dtl+', beta: 100, kernel: 5, ...defaultDtl(spec) },
  classes: 10,
  adapterPath,
  threads: Number(threads),
  batch: PHOTOS,
});
const ready = performance.now();
const logits = await predictor.logits(Array.from({ length: PHOTOS }, (_, at) => selfTestPixels(spec.imageSize, at)));
const done = performance.now();
if (!logits.flat().every(Number.isFinite)) throw new Error('The forward pass gave numbers that are none.');
await predictor.close();
console.log((ready - start) / 1000, (done - ready) / 1000, before, peakResidentBytes());
