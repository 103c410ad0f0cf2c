import { implement, createRouterClient } from '@orpc/server';
import { expect, it } from 'vitest';
import { files } from '#app/contract/files.ts';
import { fromWire, WIRE_CODE } from '#app/contract/wire-error.ts';
import { AppError } from '#app/domain/errors.ts';
import { wireErrors } from './errors.ts';

function clientThatThrows(thrown: unknown, reported: AppError[] = []) {
  const browse = implement(files).browse.handler(() => {
    throw thrown;
  });
  return createRouterClient({ browse }, { interceptors: [wireErrors((error) => reported.push(error))] });
}

async function caught(work: Promise<unknown>): Promise<{ code?: unknown; data?: unknown }> {
  return work.then(
    () => ({}),
    (error: unknown) => error as { code?: unknown; data?: unknown },
  );
}

it('carries an error of the program with its code, kind and data', async () => {
  const error = new AppError('photos.folder-missing', 'The folder is gone.', { data: { path: 'plots' } });
  const { code, data } = await caught(clientThatThrows(error).browse({ path: null, show: 'folders' }));
  expect(code).toBe(WIRE_CODE);
  expect(fromWire(data)).toMatchObject({
    code: 'photos.folder-missing',
    message: 'The folder is gone.',
    data: { path: 'plots' },
  });
});

it('reports a bug where it happened and lets no stack out', async () => {
  const reported: AppError[] = [];
  const { data } = await caught(clientThatThrows(new Error('boom'), reported).browse({ path: null, show: 'folders' }));
  expect(fromWire(data)).toMatchObject({ code: 'internal', kind: 'bug', message: 'boom' });
  expect(JSON.stringify(data)).not.toContain('errors.test');
  expect(reported).toMatchObject([{ cause: { message: 'boom' } }]);
});

it('says what is wrong with a question', async () => {
  const show: never = 'everything' as never;
  const { data } = await caught(clientThatThrows(null).browse({ path: null, show }));
  expect(fromWire(data)).toMatchObject({ code: 'contract.input', kind: 'bug' });
  expect(fromWire(data)?.message).toContain('show');
});
