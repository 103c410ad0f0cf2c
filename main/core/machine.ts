/** This machine and the person at it, as the rules want to know them. */
import { createHash } from 'node:crypto';
import { readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem, userInfo } from 'node:os';
import { z } from 'zod';
import type { ForecastRun, Host, RunForecast } from '#app/ports/host.ts';
import { forecast } from '../engine/forecast.ts';

/** `place`: an existing folder on the disk where the profile lies. What a feature cache may take is for its profile to say. */
export function hostOf(place: string): Host {
  return {
    appVersion: appVersion(),
    actor: userName(),
    sha256: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
    machine: () => ({
      physicalCores: machineCores(),
      freeMemoryBytes: process.availableMemory(),
      freeDiskBytes: freeBytes(place),
      cacheBytes: 0,
    }),
    forecast: remembered(forecast),
  };
}

/** This program's own version. */
export function appVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** A form asks for the same forecast with every key that is pressed in it. */
function remembered(compute: (run: ForecastRun) => RunForecast): (run: ForecastRun) => RunForecast {
  const known = new Map<string, RunForecast>();
  return (run) => {
    const key = JSON.stringify(run);
    const answer = known.get(key) ?? compute(run);
    known.set(key, answer);
    return answer;
  };
}

/** Containers can run as a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** libuv's own number where nobody set one. */
const UV_THREADS = 4;
/** Of the largest photos that are decoded at all. */
const PHOTO_BYTES = 2 ** 30;

interface PhotoThreads {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly threads: number;
}

/**
 * Photos worth decoding at once: one more than cores, since each waits a part of its time for this process's own thread; no
 * more than libuv has threads, and beyond a few no more than fit into the memory if all were of the largest.
 */
export function photosAtOnce({
  cores = availableParallelism(),
  memoryBytes = totalmem(),
  threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? UV_THREADS),
}: Partial<PhotoThreads> = {}): number {
  return Math.max(1, Math.min(threads, cores + 1, Math.max(UV_THREADS, Math.floor(memoryBytes / PHOTO_BYTES))));
}

/** Two threads of one core share its arithmetic, so siblings are counted once where the system tells; never more than this process may use. */
export function machineCores(): number {
  const allowed = availableParallelism();
  if (process.platform !== 'linux') return allowed;
  try {
    const cores = coresIn(readFileSync('/proc/cpuinfo', 'utf8'));
    return cores === 0 ? allowed : Math.min(cores, allowed);
  } catch {
    return allowed;
  }
}

/** Distinct (package, core) pairs of /proc/cpuinfo; 0 where it does not name them (ARM). */
export function coresIn(cpuinfo: string): number {
  const cores = new Set<string>();
  for (const block of cpuinfo.split(/\n\s*\n/)) {
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
    const chip = /^physical id\s*:\s*(\d+)/m.exec(block)?.[1] ?? '0';
    if (core !== undefined) cores.add(`${chip}/${core}`);
  }
  return cores.size;
}

function freeBytes(place: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(place);
    return bavail * bsize;
  } catch {
    return null;
  }
}
