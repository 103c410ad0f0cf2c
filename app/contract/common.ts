/** Building blocks of the contract: identifiers as they come over the wire, and small shapes that several features use. */
import { z } from 'zod';
import { backboneIdentity, classId, packId, photoId, projectId, runId, splitId } from '../domain/id-of.ts';

const number = z.int().positive();

export const wireProject = number.transform((value) => projectId(value));
export const wirePhoto = number.transform((value) => photoId(value));
export const wireClass = number.transform((value) => classId(value));
export const wireSplit = number.transform((value) => splitId(value));
export const wireRun = number.transform((value) => runId(value));
export const wirePack = number.transform((value) => packId(value));
export const wireBackbone = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((value) => backboneIdentity(value));

/** Photos of one act. A whole library may be selected. */
export const wirePhotos = z.array(wirePhoto).max(1_000_000);

/** One line that a person typed. */
export const line = (longest: number) => z.string().max(longest);

export const subset = z.enum(['train', 'validation', 'test']);

/** Paths on the machine where the core runs. */
export const path = z.string().min(1).max(32_768);

/** A file that was sent to the core's upload route and waits there. */
export const upload = z.string().regex(/^[0-9a-f]{32}$/);

/** The answer of everything that goes on after it was asked for: how it goes is told by task events. */
export interface Started {
  readonly task: number;
}
