/** Nothing that was acknowledged is lost, whatever is killed and whenever. `npm run kills` does it as often as one likes. */
import { expect, it } from 'vitest';
import { KillTest } from '../kills/kill-test.ts';
import { killPlan } from '../kills/plan.ts';

const KILLS = 20;
const SEED = 1070;

// Finding the engine's process needs Linux's /proc.
it.skipIf(process.platform !== 'linux')(
  'loses no acknowledged label, tears no file, and ends with the undisturbed pack, through twenty kills',
  { timeout: 300_000 },
  async () => {
    const test = await KillTest.begin(SEED);
    try {
      for (const kill of killPlan(SEED, KILLS)) await test.strike(kill);
      const report = await test.finish();
      expect(report.problems).toEqual([]);
      expect(report.kills).toBe(KILLS);
      expect(report.acknowledgedLabels).toBeGreaterThan(0);
      expect(report.packs).toBeGreaterThan(KILLS);
      // Kills between two acts prove nothing.
      const amid = Object.values(report.amid).reduce((sum, count) => sum + count, 0);
      expect(amid).toBeGreaterThanOrEqual(KILLS / 4);
    } finally {
      await test.end();
    }
  },
);
