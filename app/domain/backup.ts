/** Copies of the database: when the next one is due, and which of the old ones have done their time. */

export const backupIntervals = ['off', 'hourly', 'daily', 'weekly'] as const;
export type BackupInterval = (typeof backupIntervals)[number];

/** `before-restore`: the database that a backup took the place of. `damaged`: as it was found, not sound. */
export const backupReasons = ['scheduled', 'asked', 'before-restore', 'damaged'] as const;
export type BackupReason = (typeof backupReasons)[number];

export interface BackupStamp {
  /** 1, 2, 3... in the order in which they were made, whatever the clock said. */
  readonly id: number;
  /** Epoch milliseconds, by the clock of then. */
  readonly at: number;
  readonly reason: BackupReason;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const lengths: Readonly<Record<Exclude<BackupInterval, 'off'>, number>> = { hourly: HOUR, daily: DAY, weekly: WEEK };

/** Of older scheduled backups the last one of each of so many days and weeks is kept. */
const DAYS = 14;
const WEEKS = 8;

/** A backup from a time that is still to come says nothing of when the next one is due: the clock was put back since. */
export function isBackupDue(backups: readonly BackupStamp[], every: BackupInterval, now: number): boolean {
  if (every === 'off') return false;
  const newest = Math.max(
    -Infinity,
    ...backups
      .filter(isSound)
      .map(({ at }) => at)
      .filter((at) => at <= now),
  );
  return now - newest >= lengths[every];
}

/**
 * Those that are not needed any more: never one that somebody asked for or that a restore left, never one of the last `keep`,
 * never one that the clock says is still to come.
 */
export function outlivedBackups(backups: readonly BackupStamp[], keep: number, now: number): readonly number[] {
  const scheduled = backups.filter(({ reason }) => reason === 'scheduled').toSorted((a, b) => b.id - a.id);
  const older = scheduled.slice(keep).filter(({ at }) => at <= now);
  const kept = new Set([...lastOfEach(scheduled, DAY, DAYS), ...lastOfEach(scheduled, WEEK, WEEKS)]);
  return older.map(({ id }) => id).filter((id) => !kept.has(id));
}

/** Newest first. */
function lastOfEach(backups: readonly BackupStamp[], length: number, most: number): readonly number[] {
  const last = new Map<number, number>();
  for (const { id, at } of backups) {
    const span = Math.floor(at / length);
    if (!last.has(span) && last.size < most) last.set(span, id);
  }
  return [...last.values()];
}

function isSound({ reason }: BackupStamp): boolean {
  return reason !== 'damaged';
}
