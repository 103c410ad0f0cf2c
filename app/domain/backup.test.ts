import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BackupStamp } from './backup.ts';
import { isBackupDue, outlivedBackups } from './backup.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 20_000 * DAY + 12 * HOUR;
const scheduled = (id: number, at: number): BackupStamp => ({ id, at, reason: 'scheduled' });

describe('the next backup', () => {
  it('is due when the last one is as old as the interval, and never where there are to be none', () => {
    const last = [scheduled(1, NOW - DAY)];
    expect(isBackupDue([], 'daily', NOW)).toBe(true);
    expect(isBackupDue(last, 'daily', NOW)).toBe(true);
    expect(isBackupDue(last, 'daily', NOW - 1)).toBe(false);
    expect(isBackupDue(last, 'weekly', NOW)).toBe(false);
    expect(isBackupDue(last, 'hourly', NOW)).toBe(true);
    expect(isBackupDue([], 'off', NOW)).toBe(false);
  });

  it('is due although the clock was put back behind all that there are', () => {
    expect(isBackupDue([scheduled(1, NOW + 300 * DAY)], 'weekly', NOW)).toBe(true);
    expect(isBackupDue([scheduled(1, NOW + 300 * DAY), scheduled(2, NOW - HOUR)], 'daily', NOW)).toBe(false);
  });

  it('does not wait because of a damaged database that was kept', () => {
    expect(isBackupDue([{ id: 1, at: NOW, reason: 'damaged' }], 'daily', NOW)).toBe(true);
  });
});

describe('old backups', () => {
  it('go but for the last ones, one a day for two weeks and one a week for two months', () => {
    const hourly = Array.from({ length: 24 * 100 }, (_, i) => scheduled(i + 1, NOW - (24 * 100 - 1 - i) * HOUR));
    const gone = new Set(outlivedBackups(hourly, 5, NOW));
    const kept = hourly.filter(({ id }) => !gone.has(id));
    expect(kept.slice(-5)).toEqual(hourly.slice(-5));
    const days = new Set(kept.map(({ at }) => Math.floor(at / DAY)));
    expect([...Array(14).keys()].every((back) => days.has(Math.floor(NOW / DAY) - back))).toBe(true);
    expect(new Set(kept.map(({ at }) => Math.floor(at / (7 * DAY)))).size).toBe(8);
    expect(kept.length).toBeLessThanOrEqual(5 + 14 + 8);
  });

  it('stay where somebody asked for them, a restore left them, or the clock says that they are still to come', () => {
    const stamp = fc.record({
      at: fc.integer({ min: NOW - 100 * DAY, max: NOW + 100 * DAY }),
      reason: fc.constantFrom('scheduled' as const, 'asked' as const, 'before-restore' as const, 'damaged' as const),
    });
    fc.assert(
      fc.property(fc.array(stamp, { maxLength: 80 }), fc.integer({ min: 1, max: 10 }), (stamps, keep) => {
        const all = stamps.map((one, i) => ({ ...one, id: i + 1 }));
        const gone = all.filter(({ id }) => outlivedBackups(all, keep, NOW).includes(id));
        expect(gone.every(({ at, reason }) => reason === 'scheduled' && at <= NOW)).toBe(true);
        const newest = all.filter(({ reason }) => reason === 'scheduled').slice(-keep);
        expect(newest.every((one) => !gone.includes(one))).toBe(true);
        // What was thinned out once is not thinned out further.
        const left = all.filter((one) => !gone.includes(one));
        expect(outlivedBackups(left, keep, NOW)).toEqual([]);
      }),
    );
  });
});
