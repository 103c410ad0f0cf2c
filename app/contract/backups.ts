/** Backups of the database. */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { BackupReason } from '../domain/backup.ts';
import type { Started } from './common.ts';

export interface BackupView {
  readonly id: number;
  readonly at: number;
  readonly reason: BackupReason;
  readonly bytes: number;
  /** Null where it cannot be read. */
  readonly contents: {
    readonly projects: readonly string[];
    readonly photos: number;
    readonly labelled: number;
    readonly runs: number;
  } | null;
}

const backup = z.object({ backup: z.int().positive() });

export const backups = {
  /** Newest first. */
  list: oc.output(type<readonly BackupView[]>()),
  make: oc.output(type<Started>()),
  remove: oc.input(backup).output(type<{ readonly removed: number }>()),
  /** Keeps the present database as a backup, then the core starts anew on the chosen one. */
  restore: oc.input(backup).output(type<Started>()),
};
