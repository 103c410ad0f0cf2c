/** What can be asked without opening a profile: the engine and the machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { benchStep, computeStep, examine } from '#app/checks/checks.ts';
import type { BenchReport, BenchRequest, DoctorReport, StepRequest } from '#app/checks/checks.ts';
import type { EngineResultOf } from '#app/contract/engine.ts';
import type { ProfileOwner } from '#app/ports/files.ts';
import type { Work } from '#app/ports/work.ts';
import { createEngine } from '../engine/supervisor.ts';
import { profileExists, profileOwner } from '../files/profile/profile.ts';
import { hostOf } from './machine.ts';
import { checkStepPaths } from './step-paths.ts';

export interface Diagnosis extends DoctorReport {
  readonly system: {
    readonly platform: string;
    readonly processor: string;
    readonly logicalCores: number;
    readonly memoryBytes: number;
    readonly freeMemoryBytes: number;
    readonly node: string;
    /** better-sqlite3 needs Node-API 10. */
    readonly nodeApi: number;
  };
  readonly profile: { readonly home: string; readonly exists: boolean; readonly owner: ProfileOwner | null };
}

const portsAt = (place: string) => ({ engine: createEngine(), host: hostOf(place) });

/** `home`: of the profile that commands would use; it is looked at and not opened. */
export async function diagnose(home: string): Promise<Diagnosis> {
  const exists = profileExists(home);
  return {
    ...(await examine(portsAt(exists ? home : tmpdir()))),
    system: {
      platform: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      logicalCores: availableParallelism(),
      memoryBytes: totalmem(),
      freeMemoryBytes: freemem(),
      node: process.version,
      nodeApi: Number(process.versions['napi']),
    },
    profile: { home, exists, owner: exists ? profileOwner(home) : null },
  };
}

/** Throws `step.input`, `step.output`, and what the engine throws. */
export async function stepFile(request: StepRequest, work?: Work): Promise<EngineResultOf<'step'>> {
  await checkStepPaths(request.input, request.output);
  return computeStep(portsAt(tmpdir()), request, work);
}

/** The random weights lie in a temporary folder while it runs. */
export async function bench(request: BenchRequest, work?: Work): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), 'dtl-bench-'));
  try {
    return await benchStep(portsAt(directory), request, directory, work);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
