/**
 * Writes and flushes of the database are refused by the kernel's own doing (strace puts the fault in), one after the other:
 * the flow ends with words, and everything that was told before is there.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readTrace, recorded } from './testing/disk/trace.ts';
import { look, stepsOf } from './testing/look.ts';
import { flowPlaces, writeFlowInputs } from './testing/main-flow.ts';

const noStrace = spawnSync('strace', ['-f', '-e', 'trace=write', 'true']).status !== 0;
const script = fileURLToPath(new URL('testing/flow-child.ts', import.meta.url));
/** `DTL_FAULTS=all` refuses every call; otherwise two of each kind, spread over the flow. */
const EACH = process.env['DTL_FAULTS'] === 'all' ? Infinity : 2;

const failure = z.object({ code: z.string(), kind: z.string(), message: z.string() });

// Where nothing can be refused, nothing is proven; CI installs strace.
describe.skipIf(noStrace && process.env['CI'] !== 'true')('a database whose disk refuses a call', () => {
  let folder: string;
  /** How often the flow makes each call on the database and its log. */
  const calls: { readonly call: string; readonly times: number }[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dtl-store-faults-'));
    await writeFlowInputs(flowPlaces(folder));
    const record = join(folder, 'trace');
    const [tracer = '', ...options] = recorded(record);
    const { status, stdout } = spawnSync(tracer, [...options, process.execPath, script, folder], { encoding: 'utf8' });
    expect(status, stdout).toBe(0);
    const home = join(folder, 'home', 'dtl-studio.sqlite');
    const count = (kind: 'write' | 'sync'): number =>
      readTrace(record, folder).filter((event) => event.kind === kind && event.path.startsWith(home)).length;
    const flush = /\bfdatasync\(.*sqlite/.test(decodedCalls(record)) ? 'fdatasync' : 'fsync';
    calls.push({ call: 'pwrite64', times: count('write') }, { call: flush, times: count('sync') });
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.for([
    ['pwrite64', 'ENOSPC', 0.2],
    ['pwrite64', 'EIO', 0.5],
    ['flush', 'EIO', 0.8],
  ] as const)(
    'ends the flow with words, and keeps what was told (%s, %s)',
    { timeout: process.env['DTL_FAULTS'] === 'all' ? 0 : 600_000 },
    async ([kind, error, offset]) => {
      const { call, times } = calls[kind === 'flush' ? 1 : 0] ?? expect.fail('nothing was counted');
      expect(times).toBeGreaterThan(20);
      let refused = 0;
      for (const at of spread(times, EACH, offset)) {
        const place = join(folder, 'run');
        rmSync(place, { recursive: true, force: true });
        mkdirSync(place);
        await writeFlowInputs(flowPlaces(place));
        const { home } = flowPlaces(place);
        const database = join(home, 'dtl-studio.sqlite');
        const paths = ['', '-wal', '-journal'].flatMap((end) => ['-P', `${database}${end}`]);
        const fault = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${at}`];
        // The filter in the kernel stops no other call, which with code compiled before halves the time.
        const options = ['--seccomp-bpf', '-f', '-qq', '-e', 'signal=none', '-o', '/dev/null', ...paths, ...fault];
        const { status, stdout } = spawnSync('strace', [...options, process.execPath, script, place], {
          encoding: 'utf8',
          env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
        });
        const when = `${error} at ${call} ${at} of ${times}`;
        // Bringing the log into the database may fail without harm: it is tried again.
        if (status !== 0) {
          refused += 1;
          const said = failure.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
          expect(said, when).toMatchObject({ kind: 'expected', code: expect.stringMatching(/^store\./) as string });
        }
        await look(home, stepsOf(readFileSync(join(place, 'steps.log'), 'utf8')), when);
      }
      expect(refused).toBeGreaterThan(0);
    },
  );
});

function decodedCalls(record: string): string {
  return readFileSync(record, 'latin1').replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code >= 32 && code < 127 ? String.fromCharCode(code) : '.';
  });
}

/** Of 1 to `last`, at most `most`, evenly; `offset` of 0 to 1 says where between two steps they lie. */
function spread(last: number, most: number, offset: number): readonly number[] {
  if (last <= most) return Array.from({ length: last }, (_, n) => n + 1);
  return Array.from({ length: most }, (_, n) => 1 + Math.floor(((n + offset) * last) / most));
}
