import { implement } from '@orpc/server';
import { files } from '#app/contract/files.ts';
import { AppError } from '#app/domain/errors.ts';
import type { ApiContext } from './context.ts';

export function filesApi({ browse }: ApiContext) {
  const procedures = implement(files);
  return {
    browse: procedures.browse.handler(({ input }) => {
      if (browse === null) {
        throw new AppError('files.no-picker', 'This window chooses files in dialogs of its own.', { kind: 'bug' });
      }
      return browse(input.path, input.show);
    }),
  };
}
