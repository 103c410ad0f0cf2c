/**
 * Where plain values get their brands: a number read from a row, from the command line or from the wire is checked
 * here once and carries its kind from then on. Throws AppError `id.invalid` for what cannot be such an identifier.
 */
import { AppError } from './errors.ts';
import type { BackboneIdentity, ClassId, ContentHash, PackId, PhotoId, ProjectId, RunId, SplitId } from './ids.ts';

function positive(what: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new AppError('id.invalid', `"${value}" is not the number of a ${what}: numbers start at 1.`, {
    data: { what, value: String(value) },
  });
}

function sha256(what: string, value: string): string {
  if (/^[0-9a-f]{64}$/.test(value)) return value;
  throw new AppError('id.invalid', `"${value.slice(0, 80)}" is not ${what}: 64 lower-case hex digits are expected.`, {
    data: { what, value: value.slice(0, 80) },
  });
}

export const projectId = (value: number): ProjectId => positive('project', value) as ProjectId;
export const photoId = (value: number): PhotoId => positive('photo', value) as PhotoId;
export const classId = (value: number): ClassId => positive('class', value) as ClassId;
export const splitId = (value: number): SplitId => positive('split', value) as SplitId;
export const runId = (value: number): RunId => positive('run', value) as RunId;
export const packId = (value: number): PackId => positive('pack', value) as PackId;
export const backboneIdentity = (value: string): BackboneIdentity =>
  sha256('the identity of a backbone', value) as BackboneIdentity;
export const contentHash = (value: string): ContentHash => sha256('the hash of a file', value) as ContentHash;
