/** `node e2e/kills/run.ts --kills 200 --seed 1`: prints what was found, and ends with 1 where anything was lost. */
import { parseArgs } from 'node:util';
import { KillTest } from './kill-test.ts';
import { killPlan } from './plan.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const seed = Number(values.seed);
const from = performance.now();
const test = await KillTest.begin(seed);
try {
  for (const [at, kill] of killPlan(seed, Number(values.kills)).entries()) {
    await test.strike(kill);
    if ((at + 1) % 5 === 0) process.stderr.write(`${at + 1} kills, ${test.report.problems.length} problems\n`);
  }
  const report = await test.finish();
  const seconds = Math.round((performance.now() - from) / 1000);
  process.stdout.write(`${JSON.stringify({ seed, seconds, ...report }, null, 2)}\n`);
  process.exitCode = report.problems.length === 0 ? 0 : 1;
} finally {
  await test.end();
}
