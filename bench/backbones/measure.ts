/**
 * What a backbone of true size costs, on random weights of ViT-B/16 (343 MB) and Swin-B:
 *
 *   node bench/backbones/measure.ts --out FILE [--folder DIR] [--repetitions 7]
 *
 * Each repetition takes both through the same steps, one after the other: import into a fresh profile; SHA-256 over the
 * same file in this process, since the import has to hash; then an engine process of its own that opens the stored file
 * with a DTL+ adapter and classifies 8 photos. Writes one JSON object with every single figure, anew after each repetition.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, getPriority, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openCore } from '#main/core/open-core.ts';
import { defaultDtl } from '#native-models/adapters/dtl/config.ts';
import { randomHead } from '#native-models/adapters/head.ts';
import { initialSide, trainedParameters } from '#native-models/adapters/method.ts';
import { encodeSafetensors } from '#native-models/formats/safetensors.ts';
import { writeAtomic } from '#native-models/formats/write-atomic.ts';
import { featureWidth } from '#native-models/models/backbone-spec.ts';
import { writeRandomWeights } from '#native-models/models/random-weights.ts';
import { model } from '#native-models/models/registry.ts';

const VARIANTS = ['vit_base_patch16_224', 'swin_base_patch4_window7_224'];
const CLASSES = 10;

const { values } = parseArgs({
  options: { out: { type: 'string' }, folder: { type: 'string' }, repetitions: { type: 'string' } },
});
const repetitions = Number(values.repetitions ?? 7);
const threads = cpus().length;
const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'dtl-backbones-'));

interface Session {
  readonly readySeconds: number;
  readonly forwardSeconds: number;
  readonly startedBytes: number;
  readonly peakBytes: number;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function hashed(path: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Uint8Array);
  hash.digest();
}

async function writeAdapter(path: string, variant: string): Promise<void> {
  const spec = model(variant);
  const method = { name: 'dtl+' as const, beta: 100, kernel: 5 as const, ...defaultDtl(spec) };
  const trained = new Map([...initialSide(method, spec, 0), ...randomHead(CLASSES, featureWidth(spec), 0)]);
  const tensors = [...trainedParameters(method, spec, CLASSES)].map(([name, shape]) => {
    const data = new Uint8Array((trained.get(name) ?? new Float32Array()).slice().buffer);
    return { name, dtype: 'float32' as const, shape, data };
  });
  await writeAtomic(path, encodeSafetensors(tensors, {}));
}

interface Figures {
  readonly bytes: number;
  readonly importSeconds: number[];
  readonly hashSeconds: number[];
  readonly sessions: Session[];
}

async function measure(variant: string, figures: Figures): Promise<void> {
  const file = join(folder, `${variant}.safetensors`);
  const home = mkdtempSync(join(folder, 'home-'));
  const core = await openCore({ home, what: 'the bench', access: 'write' });
  try {
    let stored = '';
    figures.importSeconds.push(
      await seconds(async () => {
        stored = join(home, (await core.backbones.import(file, { variant })).backbone.path);
      }),
    );
    figures.hashSeconds.push(await seconds(() => hashed(file)));
    const child = fileURLToPath(new URL('session.ts', import.meta.url));
    const words = [child, stored, variant, join(folder, `${variant}.adapter`), String(threads)];
    const said = execFileSync(process.execPath, words, { encoding: 'utf8' }).trim().split(' ').map(Number);
    const [readySeconds = NaN, forwardSeconds = NaN, startedBytes = NaN, peakBytes = NaN] = said;
    figures.sessions.push({ readySeconds, forwardSeconds, startedBytes, peakBytes });
  } finally {
    core.close();
    rmSync(home, { recursive: true, force: true });
  }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

function summary({ bytes, importSeconds, hashSeconds, sessions }: Figures) {
  const beyond = importSeconds.map((total, at) => total - (hashSeconds[at] ?? NaN));
  const peak = median(sessions.map(({ peakBytes }) => peakBytes));
  return {
    importSeconds: median(importSeconds),
    importSecondsWithoutHashing: median(beyond),
    readySeconds: median(sessions.map(({ readySeconds }) => readySeconds)),
    forwardSeconds: median(sessions.map(({ forwardSeconds }) => forwardSeconds)),
    peakBytes: peak,
    peakOverWeights: peak / bytes,
  };
}

function report(all: ReadonlyMap<string, Figures>, load: readonly number[], done: number): string {
  const result = {
    bench: 'backbones',
    at: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      platform: process.platform,
      node: process.version,
      load,
      priority: getPriority(),
    },
    threads,
    repetitions: done,
    medians: Object.fromEntries([...all].map(([variant, figures]) => [variant, summary(figures)])),
    raw: Object.fromEntries(all),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

try {
  const all = new Map<string, Figures>();
  for (const variant of VARIANTS) {
    const file = join(folder, `${variant}.safetensors`);
    await writeRandomWeights(file, model(variant));
    await writeAdapter(join(folder, `${variant}.adapter`), variant);
    all.set(variant, { bytes: statSync(file).size, importSeconds: [], hashSeconds: [], sessions: [] });
  }
  // Of the last minute, at the start and after each repetition: what else the machine had to do.
  const load = [loadavg()[0] ?? NaN];
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const [variant, figures] of all) await measure(variant, figures);
    load.push(loadavg()[0] ?? NaN);
    writeFileSync(values.out ?? 'backbones.json', report(all, load, repetition));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
