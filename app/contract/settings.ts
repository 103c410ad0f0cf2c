import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import { backupIntervals } from '../domain/backup.ts';
import { deviceChoices } from '../domain/device.ts';
import type { Device } from '../domain/device.ts';
import type { FeatureCacheState } from '../domain/feature-cache.ts';

export const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  /** Threads of an engine; null: as many as the machine has cores. */
  threads: z.int().positive().max(1024).nullable(),
  /** What runs are computed on where nothing else is chosen. */
  device: z.enum(deviceChoices),
  /** What the feature cache may take of the disk; null: a tenth of what is free. 0 keeps nothing. */
  featureCacheBytes: z.int().nonnegative().nullable(),
  /** Who is named in the history of labels; null: the operating system's user. */
  actor: z.string().min(1).max(100).nullable(),
  /** How often the database is copied. */
  backupEvery: z.enum(backupIntervals),
  /** Scheduled backups that are kept whatever their age; of older ones one a day and one a week. */
  backupsKept: z.int().min(1).max(1000),
  /** Keys of commands that were changed, by command: `label.skip` -> `ArrowDown`. */
  keys: z
    .record(z.string().max(100), z.string().max(50))
    .refine((keys) => Object.keys(keys).length <= 1000, 'There are not that many commands.'),
});

export type Settings = z.infer<typeof settingsSchema>;

export interface CacheSize {
  readonly name: 'thumbnails' | 'previews' | 'features' | 'exports' | 'runs';
  readonly title: string;
  readonly files: number;
  readonly bytes: number;
  readonly clearable: boolean;
}

export type { Device };

export interface About {
  readonly version: string;
  readonly runtime: string;
  readonly home: string;
  readonly databaseBytes: number;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly freeDiskBytes: number | null;
  /** `desktop` has dialogs of its own; `browser` picks files on the machine where the core runs. */
  readonly host: 'desktop' | 'browser';
  readonly notes: readonly string[];
}

export const settings = {
  get: oc.output(type<{ readonly seq: number; readonly settings: Settings }>()),
  /** Only what is given changes. */
  set: oc.input(settingsSchema.partial()).output(type<Settings>()),
  about: oc.output(type<About>()),
  /** In the machine's order. Tries each in a process of its own: takes a moment. */
  devices: oc.output(type<readonly Device[]>()),
  featureCache: oc.output(type<FeatureCacheState>()),
  caches: oc.output(type<readonly CacheSize[]>()),
  clearCache: oc
    .input(z.object({ name: z.enum(['thumbnails', 'previews', 'features', 'exports']) }))
    .output(type<{ readonly freedBytes: number }>()),
};
