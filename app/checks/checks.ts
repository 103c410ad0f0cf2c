/** What can be asked of the machine and of the engine without any project. */
import type { EngineResultOf } from '../contract/engine.ts';
import type { Machine } from '../domain/choose-plan.ts';
import type { Device } from '../domain/device.ts';
import type { EnginePort, EngineRunOptions } from '../ports/engine.ts';
import type { Host } from '../ports/host.ts';
import type { Work } from '../ports/work.ts';
import { tryProvider } from './try-provider.ts';

interface Ports {
  readonly engine: EnginePort;
  readonly host: Host;
}

export interface DoctorReport {
  readonly appVersion: string;
  readonly runtime: string;
  /** In the order in which they are preferred here, each tried. */
  readonly devices: readonly Device[];
  readonly machine: Machine;
  /** Of an engine process that has nothing to do. */
  readonly engineRssBytes: number;
}

/** Starts an engine process and asks it, and one for each provider to try. */
export async function examine({ engine, host }: Ports): Promise<DoctorReport> {
  const { runtime, providers, rssBytes } = await engine.run({ kind: 'doctor' });
  const devices: Device[] = [];
  // One after the other: two at once would share the memory of one card.
  for (const provider of providers) devices.push(await tryProvider(engine, provider));
  return { appVersion: host.appVersion, runtime, devices, machine: host.machine(), engineRssBytes: rssBytes };
}

export interface StepRequest {
  readonly input: string;
  readonly output: string;
  readonly steps: number;
  readonly microBatch: number | null;
  readonly threads: number | null;
}

/** One training step on the tensors of a file (`docs/step-files.md`). Throws `step.input` and `files.*`. */
export function computeStep(
  { engine, host }: Ports,
  request: StepRequest,
  work: Work = {},
): Promise<EngineResultOf<'step'>> {
  const threads = request.threads ?? host.machine().physicalCores;
  return engine.run({ kind: 'step', ...request, threads }, engineWork(work));
}

export interface BenchRequest {
  readonly model: string;
  readonly batch: number;
  readonly microBatch: number;
  readonly threads: number | null;
  readonly repeats: number;
  readonly classes: number;
  readonly cached: boolean;
}

export interface BenchReport {
  readonly request: BenchRequest & { readonly threads: number };
  readonly stepMilliseconds: readonly number[];
  /** Medians. */
  readonly stepSeconds: number;
  readonly stepGflops: number;
  /** A plain matrix product of the same run, for comparison. */
  readonly gemmGflops: number;
  readonly imagesPerSecond: number;
  readonly peakBytes: number | null;
  readonly runtime: string;
}

/** Times training steps on random weights, which are written into `directory` (the caller removes it). */
export async function benchStep(
  { engine, host }: Ports,
  asked: BenchRequest,
  directory: string,
  work: Work = {},
): Promise<BenchReport> {
  const request = { ...asked, threads: asked.threads ?? host.machine().physicalCores };
  const result = await engine.run({ kind: 'bench-step', directory, ...request }, engineWork(work));
  const stepSeconds = median(result.stepMilliseconds) / 1000;
  return {
    request,
    stepMilliseconds: result.stepMilliseconds,
    stepSeconds,
    stepGflops: result.stepGflop / stepSeconds,
    gemmGflops: result.gemmGflop / (median(result.gemmMilliseconds) / 1000),
    imagesPerSecond: request.batch / stepSeconds,
    peakBytes: result.vmHwmBytes,
    runtime: result.runtime,
  };
}

function engineWork({ signal, onProgress }: Work): EngineRunOptions {
  return {
    ...(signal === undefined ? {} : { signal }),
    onEvent: (event) => {
      if (event.type === 'progress') onProgress?.(event);
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
