/** The process that has the code under test. Another one (fuzz/run.ts) watches it, and starts it again where it dies. */
import { createHash } from 'node:crypto';
import { openSync, readFileSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fuzzingLoop, recordingProbes } from './loop.ts';
import type { Job, Progress } from './messages.ts';
import { MEMORY_MB, SLOW_SECONDS } from './messages.ts';
import { PROBES } from './probes.ts';
import { seeded } from './random.ts';

const [file = ''] = process.argv.slice(2);
const job = JSON.parse(readFileSync(file, 'utf8')) as Job;

const probes = recordingProbes(job.places);
Object.defineProperty(globalThis, PROBES, { value: probes });
const { fuzz } = createRequire(import.meta.url)(job.bundle) as {
  readonly fuzz: (bytes: Uint8Array) => void | Promise<void>;
};
const loop = fuzzingLoop({ target: fuzz, probes, words: job.words, random: seeded(job.seed) });

const current = openSync(job.current, 'w');
const length = Buffer.alloc(4);
const findings: string[] = [];
/** Where something was thrown: the same place again is no news. */
const seen = new Set<string>();
let runs = 0;

/** Seconds that this process has computed: under a busy machine many more may have gone by. */
function computed(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function tell(over: boolean): void {
  const progress: Progress = {
    runs,
    covered: loop.covered(),
    corpus: loop.corpus.length,
    findings,
    seconds: computed(),
    over,
  };
  process.send?.(progress);
}

function nameOf(input: Buffer): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 24);
}

function leave(kind: string, where: string, input: Buffer): void {
  if (seen.has(where)) return;
  seen.add(where);
  const name = `${kind}-${nameOf(input)}`;
  writeFileSync(join(job.findings, name), input);
  findings.push(name);
  process.stderr.write(`${name}: ${where}\n`);
}

async function attempt(input: Buffer): Promise<void> {
  length.writeUInt32LE(input.length);
  writeSync(current, length, 0, 4, 0);
  writeSync(current, input, 0, input.length, 4);
  const from = process.cpuUsage();
  try {
    // The target gets a copy: what it does to its input is its own affair.
    if (await loop.attempt(input)) writeFileSync(join(job.corpus, nameOf(input)), input);
  } catch (error) {
    leave(
      'crash',
      error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join('\n') : String(error),
      input,
    );
  }
  runs++;
  const { user, system } = process.cpuUsage(from);
  if (user + system > SLOW_SECONDS * 1e6) leave('slow', `${(user + system) / 1e6} s`, input);
  // The peak never falls again, so what comes after could not be told from it.
  if (process.resourceUsage().maxRSS > MEMORY_MB * 1024) {
    leave('memory', `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`, input);
    tell(false);
    process.exit(3);
  }
}

for (const name of readdirSync(job.corpus).sort()) await attempt(readFileSync(join(job.corpus, name)));
if (loop.corpus.length === 0) throw new Error('no seed reaches any code');
let told = performance.now();
while (computed() < job.seconds) {
  await attempt(loop.next());
  if (performance.now() - told < 1000) continue;
  tell(false);
  told = performance.now();
  await turn();
}
tell(true);
process.disconnect();
