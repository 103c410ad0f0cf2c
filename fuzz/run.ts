/**
 * Coverage-guided fuzzing of one target: `node fuzz/run.ts TARGET [--seconds 600] [--seed 1]`, in seconds of
 * computing, so that a busy machine finds no less. Inputs that reach new code go to
 * `fuzz/found/`; an input that crashes, computes for more than a second, hangs or takes more than 512 MB is left in
 * `fuzz/findings/TARGET/`, where the tests replay it for ever. Ends by time, with 1 where something was found.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundled } from './guided/bundle.ts';
import type { Job, Progress } from './guided/messages.ts';
import { MEMORY_MB } from './guided/messages.ts';
import { targets } from './targets.ts';

/** Of computing without a word, loading the code included: an input that does not come back. */
const HANG_SECONDS = 20;

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const [name = ''] = positionals;
const seconds = Number(values.seconds);
const seed = Number(values.seed);
if (!Object.hasOwn(targets, name) || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write(`Name a target and a time: ${Object.keys(targets).join(', ')} [--seconds 600] [--seed 1]\n`);
  process.exit(2);
}

const here = fileURLToPath(new URL('.', import.meta.url));
const folderOf = (kind: string): string => join(here, kind, name);
for (const kind of ['out', 'found', 'findings']) mkdirSync(folderOf(kind), { recursive: true });
cpSync(folderOf('corpus'), folderOf('found'), { recursive: true });

const code = await bundled(name, folderOf('out'));
const found: string[] = [];
let runs = 0;
let covered = 0;
let corpus = 0;
let spent = 0;
for (let start = 0; spent < seconds; start++) {
  const job: Job = {
    ...code,
    corpus: folderOf('found'),
    findings: folderOf('findings'),
    current: join(folderOf('out'), 'current'),
    seed: seed + start,
    seconds: seconds - spent,
  };
  const over = await watched(job);
  if (over) break;
}
process.stdout.write(
  `${name}: ${runs} runs in ${Math.round(spent)} s of computing, ${covered} of ${code.places} places covered, ${corpus} inputs kept, ` +
    `${found.length === 0 ? 'nothing found' : `found ${found.join(', ')}`}\n`,
);
process.exitCode = found.length === 0 ? 0 : 1;

/** Whether the time is over; false where the process died of what it was given. */
async function watched(job: Job): Promise<boolean> {
  const file = join(folderOf('out'), 'job.json');
  writeFileSync(file, JSON.stringify(job));
  const worker = fork(join(here, 'guided', 'worker.ts'), [file], {
    execArgv: [`--max-old-space-size=${MEMORY_MB / 2}`],
  });
  const before = { runs, spent };
  const heardOf: { last: Progress | null } = { last: null };
  const { pid = 0 } = worker;
  let heard = computedBy(pid);
  let shown = performance.now();
  const ending = { hangs: false };
  worker.on('message', (message) => {
    const last = message as Progress;
    heardOf.last = last;
    heard = computedBy(pid);
    runs = before.runs + last.runs;
    spent = before.spent + last.seconds;
    covered = Math.max(covered, last.covered);
    corpus = last.corpus;
    if (performance.now() - shown < 10_000 && !last.over) return;
    shown = performance.now();
    process.stderr.write(`${name}: ${runs} runs, ${covered} places, ${corpus} inputs\n`);
  });
  const watch = setInterval(() => {
    if (computedBy(pid) - heard < HANG_SECONDS) return;
    ending.hangs = true;
    worker.kill('SIGKILL');
  }, 1000);
  const [exit, signal] = (await once(worker, 'exit')) as [number | null, NodeJS.Signals | null];
  clearInterval(watch);
  const told = heardOf.last;
  found.push(...(told?.findings ?? []));
  if (told?.over === true) return true;
  // It said itself what was wrong.
  if (exit === 3) return false;
  const current = existsSync(job.current) ? readFileSync(job.current) : Buffer.alloc(0);
  const input = current.subarray(4, 4 + (current.length < 4 ? 0 : current.readUInt32LE(0)));
  const kind = ending.hangs ? 'hang' : 'death';
  const left = `${kind}-${createHash('sha256').update(input).digest('hex').slice(0, 24)}`;
  writeFileSync(join(folderOf('findings'), left), input);
  process.stderr.write(`${left}: ${ending.hangs ? 'no answer' : `ended with ${String(signal ?? exit)}`}\n`);
  found.push(left);
  // Without a single run it would die again at once.
  if (told === null) throw new Error('the fuzzing process ended before it tried anything new');
  return false;
}

/** Seconds that a process has computed; where the system does not tell, seconds that have gone by. */
function computedBy(pid: number): number {
  if (process.platform !== 'linux') return performance.now() / 1000;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const TICKS = 100;
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    // It has just ended, which is no hang.
    return 0;
  }
}
