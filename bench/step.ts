/**
 * A DTL+ training step of ours beside the same step in PyTorch, in turns within one run:
 *
 *   node bench/step.ts --pytorch FILE [--python /usr/bin/python3] [--rounds 7] [--batch 32] [--size B] [--threads 1,2] [--weights float32,int8]
 *
 * FILE is a program that times one step and prints a line of JSON with `ms_median` and `vm_hwm_mib`; it takes `--mode dtl
 * --size B --batch N --threads N --runs N`. A round is one process of PyTorch (a step to warm up, one that counts), then a step
 * of each of ours, whose processes stay between the rounds, each beside a plain product of the same sizes. Inputs are made
 * before. PyTorch runs with each number of threads once at the start; only the fastest takes part in the rounds, unless they
 * are close. Raw numbers go to bench/results/step.json.
 */
import { fork, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ENGINE_ENVIRONMENT } from '#app/contract/engine-environment.ts';
import { runtimeVersion } from '#native-models/runtime/providers.ts';
import type { TimedStep } from '#native-models/train/step-bench.ts';
import { StepBench } from '#native-models/train/step-bench.ts';

const { values } = parseArgs({
  options: {
    pytorch: { type: 'string' },
    python: { type: 'string', default: '/usr/bin/python3' },
    rounds: { type: 'string', default: '7' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: 'B' },
    'micro-batch': { type: 'string', default: '2' },
    threads: { type: 'string', default: '1,2' },
    weights: { type: 'string', default: 'float32,int8' },
    out: { type: 'string', default: new URL('results/step.json', import.meta.url).pathname },
    worker: { type: 'string' },
  },
});

interface Turn {
  readonly stepMilliseconds: number;
  readonly gemmMilliseconds: number;
  readonly stepGflop: number;
  readonly gemmGflop: number;
}

/** A process that keeps its sessions and runs one step whenever it is asked. */
async function work(options: TimedStep): Promise<void> {
  const bench = await StepBench.open(options);
  await bench.step();
  await bench.gemm();
  process.on('message', () => {
    void (async () => {
      const [stepMilliseconds, gemmMilliseconds] = [await bench.step(), await bench.gemm()];
      const { stepGflop, gemmGflop } = bench;
      process.send?.({ stepMilliseconds, gemmMilliseconds, stepGflop, gemmGflop } satisfies Turn);
    })();
  });
  process.send?.('ready');
}

type Precision = NonNullable<TimedStep['weights']>;

interface PyTorchStep {
  readonly engine: string;
  readonly blas: string;
  readonly threads: number;
  readonly ms_median: number;
  readonly vm_hwm_mib: number;
}

function pytorch(file: string, threads: number): PyTorchStep {
  const options = ['--mode', 'dtl', '--size', values.size, '--batch', values.batch, '--threads', String(threads)];
  const { stdout, status, stderr } = spawnSync(values.python, [file, ...options, '--runs', '1'], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  if (status !== 0) throw new Error(`PyTorch's side failed: ${stderr}`);
  return JSON.parse(stdout) as PyTorchStep;
}

async function turnOf(worker: ChildProcess): Promise<Turn> {
  const answer = once(worker, 'message');
  worker.send('step');
  const [turn] = (await answer) as [Turn];
  return turn;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

const sizes: Readonly<Record<string, string>> = {
  Ti: 'vit_tiny_patch16_224',
  S: 'vit_small_patch16_224',
  B: 'vit_base_patch16_224',
};

/** Times closer than this could change places. */
const CLOSE = 1.3;

async function compare(file: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dtl-step-'));
  const threads = values.threads.split(',').map(Number);
  const precisions = values.weights.split(',').map((name): Precision => (name === 'int8' ? 'int8' : 'float32'));
  const workers: {
    readonly threads: number;
    readonly cached: boolean;
    readonly weights: Precision;
    readonly worker: ChildProcess;
    readonly turns: Turn[];
  }[] = [];
  try {
    const variants = threads.flatMap((count) =>
      [true, false].flatMap((cached) => precisions.map((weights) => ({ count, cached, weights }))),
    );
    for (const { count, cached, weights } of variants) {
      const options: TimedStep = {
        directory: mkdtempSync(join(folder, 'worker-')),
        model: sizes[values.size] ?? values.size,
        batch: Number(values.batch),
        // Photos at once as a run would have them: in 8 bits one is as quick as more.
        microBatch: weights === 'int8' ? 1 : Number(values['micro-batch']),
        threads: count,
        classes: 100,
        cached,
        weights,
      };
      const worker = fork(new URL(import.meta.url).pathname, ['--worker', JSON.stringify(options)], {
        env: { ...process.env, ...ENGINE_ENVIRONMENT },
      });
      await once(worker, 'message');
      workers.push({ threads: count, cached, weights, worker, turns: [] });
    }
    const first = threads.map((count) => pytorch(file, count));
    const fastest = Math.min(...first.map(({ ms_median }) => ms_median));
    const contenders = first.filter(({ ms_median }) => ms_median < CLOSE * fastest).map((one) => one.threads);
    const theirs: PyTorchStep[][] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      theirs.push(contenders.map((count) => pytorch(file, count)));
      for (const { worker, turns } of workers) turns.push(await turnOf(worker));
      console.log(`round ${round + 1} of ${values.rounds}, load ${loadavg()[0]?.toFixed(1)}`);
    }
    const ofThreads = (count: number) => theirs.flat().filter((one) => one.threads === count);
    const pytorchMilliseconds = Math.min(
      ...contenders.map((count) => median(ofThreads(count).map((one) => one.ms_median))),
    );
    const ours = workers.map(({ threads: count, cached, weights, turns }) => {
      const milliseconds = median(turns.map((turn) => turn.stepMilliseconds));
      const rates = turns.map((turn) => (turn.stepGflop / turn.stepMilliseconds) * 1e3);
      const plain = turns.map((turn) => (turn.gemmGflop / turn.gemmMilliseconds) * 1e3);
      return {
        threads: count,
        cached,
        weights,
        milliseconds,
        ofPyTorch: milliseconds / pytorchMilliseconds,
        gflops: median(rates),
        plainGflops: median(plain),
        ofPlain: median(rates.map((rate, at) => rate / (plain[at] ?? NaN))),
        turns,
      };
    });
    const result = {
      what: `DTL+ 5x5 step of ViT-${values.size}/16, batch ${values.batch}, ours / PyTorch with the faster number of threads`,
      command: `node bench/step.ts --rounds ${values.rounds} --micro-batch ${values['micro-batch']}`,
      pytorch: { milliseconds: pytorchMilliseconds, threads: contenders, atTheStart: first, rounds: theirs },
      ours,
      runtime: runtimeVersion(),
      node: process.version,
      machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    };
    writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
    for (const { threads: count, cached, weights, ofPyTorch, ofPlain } of ours)
      console.log(
        `${cached ? 'cached' : 'uncached'}, ${weights}, ${count} threads: ${ofPyTorch.toFixed(3)} of PyTorch, ${ofPlain.toFixed(2)} of a plain product`,
      );
  } finally {
    for (const { worker } of workers) worker.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (values.worker !== undefined) await work(JSON.parse(values.worker) as TimedStep);
else if (values.pytorch === undefined) throw new Error('Name the program of the PyTorch side: --pytorch FILE');
else await compare(values.pytorch);
