/**
 * `node e2e/kills/run.ts --kills 2000 --seed 3 --at-once 2`: kills in one profile after the other, 200 in each, so that what is
 * looked through after every kill stays small; prints what was found, and ends with 1 where anything was lost.
 */
import { parseArgs } from 'node:util';
import type { KillReport } from './kill-test.ts';
import { KillTest } from './kill-test.ts';
import { killPlan } from './plan.ts';

const KILLS_IN_A_PROFILE = 200;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '1' },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
const from = performance.now();
const seeds = Array.from({ length: Math.ceil(kills / KILLS_IN_A_PROFILE) }, (_, at) => seed + at);
const waiting = [...seeds];
const reports: (KillReport & { readonly seed: number })[] = [];

async function inOneProfile(own: number): Promise<KillReport> {
  const test = await KillTest.begin(own);
  try {
    const share = Math.min(KILLS_IN_A_PROFILE, kills - (own - seed) * KILLS_IN_A_PROFILE);
    for (const [at, kill] of killPlan(own, share).entries()) {
      await test.strike(kill);
      if ((at + 1) % 20 === 0) told(own, test.report);
    }
    return await test.finish();
  } catch (error) {
    // The other profiles are worth their hours all the same.
    test.report.problems.push(`the test itself broke off: ${String(error)}`);
    return test.report;
  } finally {
    await test.end();
  }
}

async function lane(): Promise<void> {
  for (let own = waiting.shift(); own !== undefined; own = waiting.shift()) {
    const report = { seed: own, ...(await inOneProfile(own)) };
    reports.push(report);
    process.stderr.write(`${JSON.stringify(report)}\n`);
  }
}

function told(own: number, { kills: done, problems }: KillReport): void {
  const minutes = ((performance.now() - from) / 60_000).toFixed(1);
  process.stderr.write(`${minutes} min, seed ${own}: ${done} kills, ${problems.length} problems\n`);
}

function sum(of: (report: KillReport) => number): number {
  return reports.reduce((total, report) => total + of(report), 0);
}

await Promise.all(Array.from({ length: Number(values['at-once']) }, lane));
const found = {
  seeds,
  seconds: Math.round((performance.now() - from) / 1000),
  kills: sum((one) => one.kills),
  amid: {
    import: sum(({ amid }) => amid.import),
    label: sum(({ amid }) => amid.label),
    train: sum(({ amid }) => amid.train),
    export: sum(({ amid }) => amid.export),
  },
  acknowledgedLabels: sum((one) => one.acknowledgedLabels),
  resumedRuns: sum((one) => one.resumedRuns),
  packs: sum((one) => one.packs),
  problems: reports.flatMap((one) => one.problems.map((problem) => `seed ${one.seed}, ${problem}`)),
};
process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
process.exitCode = found.problems.length === 0 ? 0 : 1;
