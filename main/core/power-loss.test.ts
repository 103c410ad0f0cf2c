/**
 * The power goes at any moment of the way from photos to a pack. What the program wrote is recorded by the kernel's own
 * word, the disk is rebuilt as each cut may have left it, and the program opens what is left.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededUniform } from '#app/domain/seeded.ts';
import { openCore } from './open-core.ts';
import { Disk } from './testing/disk/disk.ts';
import type { Cut, Left } from './testing/disk/disk.ts';
import type { DiskEvent } from './testing/disk/trace.ts';
import { readTrace, recorded } from './testing/disk/trace.ts';
import { look, stepsOf } from './testing/look.ts';
import { flowPlaces, writeFlowInputs } from './testing/main-flow.ts';
import type { Step } from './testing/main-flow.ts';

const noStrace = spawnSync('strace', ['-f', '-e', 'trace=write', 'true']).status !== 0;
/** Moments looked at; `DTL_POWER_CUTS=all` takes every one. */
const CUTS = process.env['DTL_POWER_CUTS'] === 'all' ? Infinity : 30;
const TORN_EACH = process.env['DTL_POWER_CUTS'] === 'all' ? 5 : 1;

// Where nothing can be recorded, nothing is proven; CI installs strace.
describe.skipIf(noStrace && process.env['CI'] !== 'true')('after the power went', () => {
  let folder: string;
  let events: readonly DiskEvent[];
  let cuts: readonly number[];
  let sha256: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dtl-power-'));
    const live = join(folder, 'live');
    mkdirSync(live);
    await writeFlowInputs(flowPlaces(live));
    const script = fileURLToPath(new URL('testing/flow-child.ts', import.meta.url));
    const record = join(folder, 'trace');
    const [tracer = '', ...options] = recorded(record);
    const { status, stdout, stderr } = spawnSync(tracer, [...options, process.execPath, script, live], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the flow ended with ${String(status)}: ${stdout}${stderr}`);
    events = readTrace(record, live);
    rmSync(record);
    const pack = stepsIn(events).find((one) => one.step === 'pack');
    if (pack?.step !== 'pack') throw new Error('the flow made no pack');
    sha256 = pack.sha256;
    cuts = moments(events, CUTS);
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('was recorded from the first folder to the pack', () => {
    const kinds = new Set(events.map(({ kind }) => kind));
    for (const kind of ['folder', 'create', 'write', 'sync', 'rename', 'remove'] as const)
      expect(kinds).toContain(kind);
    expect(events.filter(({ kind }) => kind === 'sync').length).toBeGreaterThan(50);
    expect(stepsIn(events).filter((one) => one.step === 'label')).toHaveLength(9);
  });

  it.for<Cut>(['safe', 'written', 'torn'])(
    'opens what is left with all that was acknowledged (%s)',
    { timeout: process.env['DTL_POWER_CUTS'] === 'all' ? 0 : 600_000 },
    async (cut) => {
      const disk = new Disk(join(folder, 'live'));
      let taken = 0;
      for (const moment of cuts) {
        for (const event of events.slice(taken, moment)) disk.take(event);
        taken = moment;
        for (let again = 0; again < (cut === 'torn' ? TORN_EACH : 1); again++) {
          const left = leftOn(disk, cut, moment, again);
          await look(restored(folder, left), stepsIn(events.slice(0, moment)), `${cut} at ${moment}, ${again}`);
        }
      }
    },
  );

  it('goes on with the run that was at work, to the same pack', { timeout: 120_000 }, async () => {
    const of = (name: Step['step']): number =>
      events.findIndex((_, at) => stepsIn(events.slice(at, at + 1))[0]?.step === name);
    const [from, to] = [of('run'), of('finished')];
    for (const share of [0.35, 0.7, 0.99]) {
      const moment = from + Math.floor(share * (to - from));
      const disk = new Disk(join(folder, 'live'));
      for (const event of events.slice(0, moment)) disk.take(event);
      const home = restored(folder, leftOn(disk, 'torn', moment, 0));
      const core = await openCore({ home, what: 'a test', access: 'write' });
      try {
        const [project] = core.projects.list();
        if (project === undefined) return expect.fail('the project is gone');
        const [run] = core.runs.list(project.project);
        if (run === undefined) return expect.fail('the run is gone');
        expect(run.state).not.toBe('running');
        if (run.state !== 'finished') await core.runs.execute(run);
        const { pack } = await core.packs.export(core.runs.get(run.id), null);
        expect(pack.sha256).toBe(sha256);
      } finally {
        core.close();
      }
    }
  });
});

/** Right behind what was told and what was flushed, where it matters, and some at chance; in order. */
function moments(events: readonly DiskEvent[], most: number): readonly number[] {
  const all = events.map((_, at) => at + 1);
  if (all.length <= most) return all;
  const telling = all.filter((at) => stepsIn(events.slice(at - 1, at)).length > 0);
  const others = all.filter((at) => !telling.includes(at));
  const some = Array.from(
    { length: most },
    (_, n) => others[Math.floor(seededUniform(1, `moment ${n}`) * others.length)] ?? 1,
  );
  return [...new Set([...telling, ...some])].sort((a, b) => a - b);
}

/** What the flow had told by then. */
function stepsIn(events: readonly DiskEvent[]): readonly Step[] {
  return events.flatMap((event) => {
    if (event.kind !== 'write' || !event.path.endsWith('/steps.log')) return [];
    return stepsOf(event.bytes.toString('utf8'));
  });
}

function leftOn(disk: Disk, cut: Cut, moment: number, again: number): Left {
  let draw = 0;
  return disk.after(cut, () => seededUniform(moment, `${again} ${draw++}`));
}

/** Puts it on a real disk, as the home of a profile. */
function restored(folder: string, left: Left): string {
  const place = join(folder, 'left');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
  const live = join(folder, 'live');
  for (const [path, bytes] of [...left].sort(([a], [b]) => a.length - b.length)) {
    const to = join(place, path.slice(live.length));
    if (bytes === null) mkdirSync(to, { recursive: true });
    else if (bytes.length > 1_000_000) linkTo(join(folder, 'pool'), bytes, to);
    else writeFileSync(to, bytes);
    // A lock that is cut off may be one that is just being written: between a cut and the next start lie more than seconds.
    if (bytes !== null) utimesSync(to, 0, 0);
  }
  return join(place, 'home');
}

/** Large files are never written in place: they are put there once and named many times. */
function linkTo(pool: string, bytes: Buffer, path: string): void {
  const kept = pooled.get(bytes) ?? join(pool, createHash('sha256').update(bytes).digest('hex'));
  pooled.set(bytes, kept);
  if (!existsSync(kept)) {
    mkdirSync(pool, { recursive: true });
    writeFileSync(kept, bytes);
  }
  linkSync(kept, path);
}

const pooled = new WeakMap<Buffer, string>();
