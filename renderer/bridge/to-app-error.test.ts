import { ORPCError } from '@orpc/client';
import { expect, it } from 'vitest';
import { WIRE_CODE } from '#app/contract/wire-error.ts';
import { AppError } from '#app/domain/errors.ts';
import { toAppError } from './to-app-error.ts';

it('gives back the error that the core threw, whole', () => {
  const thrown = new AppError('photos.folder-gone', 'The folder is not there any more.', { data: { photos: 214 } });
  const error = toAppError(new ORPCError(WIRE_CODE, { data: thrown.toPlain() }));
  expect(error).toBeInstanceOf(AppError);
  expect(error.toPlain()).toEqual(thrown.toPlain());
});

it('takes everything else for a bug and keeps its cause', () => {
  const thrown = new ORPCError('INTERNAL_SERVER_ERROR', { message: 'broken' });
  const error = toAppError(thrown);
  expect([error.kind, error.message, error.cause]).toEqual(['bug', 'broken', thrown]);
});

it('does not trust data that only looks like an error of ours', () => {
  expect(toAppError(new ORPCError(WIRE_CODE, { data: { code: 7 } })).kind).toBe('bug');
});
