/** What Electron's shell and the core process say to each other. Checked at both ends. */
import { z } from 'zod';
import { settingsSchema } from './settings.ts';
import { plainError } from './wire-error.ts';

const id = z.int().positive();
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** An answer on one of the routes beside the contract (`/media/...`, `/upload`). */
const answer = z.object({
  id,
  status: z.int().min(200).max(599),
  headers: z.record(z.string(), z.string()),
  /** Bytes, or a file that the shell reads itself; null is an empty answer. */
  body: z.union([bytes, z.object({ file: z.string() }), z.null()]),
});

/** `at`: milliseconds since 1970. */
const offeredBackup = z.object({ id, at: z.number() });

/** From the shell to the core. */
export const toCore = z.discriminatedUnion('type', [
  /** The first message. `home`: absolute. `restore`: the number of a backup to put in the database's place before. */
  z.object({ type: z.literal('start'), home: z.string(), restore: id.nullable() }),
  /** With a port on which the contract is served to a window. */
  z.object({ type: z.literal('connect') }),
  z.object({ type: z.literal('media'), id, address: z.string() }),
  /** Nobody waits for that picture any more; no answer follows. */
  z.object({ type: z.literal('drop'), id }),
  z.object({ type: z.literal('upload'), id, bytes }),
  /** With the port to an engine that was asked for. */
  z.object({ type: z.literal('engine-started'), engine: id }),
  z.object({ type: z.literal('engine-ended'), engine: id, code: z.int().nullable(), words: z.string() }),
  /** Leave everything so that it can go on later, say `closed`, and end. */
  z.object({ type: z.literal('close') }),
]);

/** From the core to the shell. */
export const toShell = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** It could not start, and ends. `backup`: the newest one that could take the place of a damaged database. */
  z.object({ type: z.literal('failed'), error: plainError, backup: offeredBackup.nullable() }),
  z.object({ type: z.literal('theme'), theme: settingsSchema.shape.theme }),
  z.object({ type: z.literal('answer'), answer }),
  z.object({ type: z.literal('fork-engine'), engine: id }),
  z.object({ type: z.literal('kill-engine'), engine: id }),
  /** It ends on purpose, and is to be started again. */
  z.object({ type: z.literal('restarting') }),
  z.object({ type: z.literal('closed') }),
]);

export type ToCore = z.infer<typeof toCore>;
export type ToShell = z.infer<typeof toShell>;
export type OfferedBackup = z.infer<typeof offeredBackup>;
export type ShellAnswer = z.infer<typeof answer>;
