/**
 * Where the time of a DTL+ training step goes, by kind of operator, as the runtime's own profiler tells it:
 *
 *   node bench/profile.ts [--model vit_base_patch16_224] [--micro-batch 2] [--threads 2,1] [--runs 7]
 *
 * A micro-batch behind the feature cache and one from the pixels on, each beside a plain product of the same sizes. Raw
 * numbers go to bench/results/profile.json; docs/performance.md reads them.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runtimeVersion } from '#native-models/runtime/providers.ts';
import { StepBench } from '#native-models/train/step-bench.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'vit_base_patch16_224' },
    'micro-batch': { type: 'string', default: '2' },
    threads: { type: 'string', default: '2,1' },
    runs: { type: 'string', default: '7' },
  },
});
const [microBatch, runs] = [Number(values['micro-batch']), Number(values.runs)];
const variants = values.threads
  .split(',')
  .map(Number)
  .flatMap((threads) => [
    { threads, cached: true },
    { threads, cached: false },
  ]);
const folder = mkdtempSync(join(tmpdir(), 'dtl-profile-'));

/** Of the runtime's profile, which is a list of them. */
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

interface Share {
  readonly operator: string;
  readonly nodes: number;
  /** Of one run. */
  readonly milliseconds: number;
}

/** By operator, the longest first; the first of `all` runs warmed up and does not count. */
function sharesOf(prefix: string, all: number): readonly Share[] {
  const file = readdirSync(folder).find((name) => name.startsWith(prefix)) ?? '';
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly ProfileEvent[];
  const nodes = new Map<string, { operator: string; durations: number[] }>();
  for (const { cat, name, dur, args } of events) {
    const operator = args?.op_name;
    if (cat !== 'Node' || operator === undefined || !name.endsWith('_kernel_time')) continue;
    const node = nodes.get(name) ?? { operator, durations: [] };
    node.durations.push(dur / 1000);
    nodes.set(name, node);
  }
  const operators = new Map<string, { nodes: number; milliseconds: number }>();
  for (const { operator, durations } of nodes.values()) {
    const sum = operators.get(operator) ?? { nodes: 0, milliseconds: 0 };
    sum.nodes += 1;
    // A node with one name may stand in the graph more than once.
    sum.milliseconds += (median(durations.slice(durations.length / all)) * durations.length) / all;
    operators.set(operator, sum);
  }
  return [...operators]
    .map(([operator, sum]) => ({ operator, ...sum }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

try {
  const steps = [];
  for (const { threads, cached } of variants) {
    const directory = mkdtempSync(join(folder, 'weights-'));
    const prefix = `${cached ? 'cached' : 'whole'}-${threads}`;
    const bench = await StepBench.open({
      directory,
      model: values.model,
      batch: microBatch,
      microBatch,
      threads,
      classes: 100,
      cached,
      profilePrefix: join(folder, prefix),
    });
    const [step, product] = [[], []] as [number[], number[]];
    for (let run = 0; run <= runs; run++) {
      const [ofStep, ofProduct] = [await bench.step(), await bench.gemm()];
      if (run === 0) continue;
      step.push(ofStep);
      product.push(ofProduct);
    }
    bench.endProfile();
    const shares = sharesOf(prefix, runs + 1);
    const sum = shares.reduce((total, { milliseconds }) => total + milliseconds, 0);
    const [rate, plain] = [(bench.stepGflop / median(step)) * 1e3, (bench.gemmGflop / median(product)) * 1e3];
    steps.push({
      threads,
      cached,
      milliseconds: median(step),
      gflop: bench.stepGflop,
      gflops: rate,
      plainGflops: plain,
      shares,
    });
    console.log(
      `${cached ? 'cached' : 'uncached'}, ${threads} threads: ${median(step).toFixed(0)} ms for ${microBatch} photos, ${bench.stepGflop.toFixed(1)} GFLOP, ` +
        `${rate.toFixed(0)} of a plain product's ${plain.toFixed(0)} GFLOP/s`,
    );
    for (const { operator, nodes, milliseconds } of shares.slice(0, 12)) {
      console.log(`  ${operator.padEnd(28)} ${String(nodes).padStart(4)} ${((100 * milliseconds) / sum).toFixed(1)} %`);
    }
    await bench.close();
  }
  const result = {
    what: `a DTL+ 5x5 training step of ${values.model} by kind of operator, ${microBatch} photos at once`,
    steps,
    runtime: runtimeVersion(),
    node: process.version,
    load: loadavg()[0],
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
  };
  writeFileSync(new URL('results/profile.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
