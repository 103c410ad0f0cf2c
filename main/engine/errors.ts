import { AppError, asAppError, cancelled } from '#app/domain/errors.ts';
import { EngineError } from '#native-models/errors.ts';
import { outOfMemory, tellsOfMemory } from './out-of-memory.ts';

/** Faults of the program itself; everything else that the engine refuses has to do with what it was given. */
const BUGS = [
  'graph.',
  'runtime.feed',
  'reference.',
  'train.data',
  'train.gradient',
  'data.pixels',
  'export.differs',
  'onnx.operator',
];

const KEPT = 'Everything stored before is kept; a training run can be resumed from its last checkpoint.';

/** What the system refused, in words; by error number. */
const REFUSALS: ReadonlyMap<string, readonly [code: string, what: string, remedy: string]> = new Map([
  ['ENOSPC', ['engine.disk-full', 'The disk is full', 'Free some space and try again.']],
  ['EDQUOT', ['engine.disk-full', 'Your share of the disk is used up', 'Free some space and try again.']],
  [
    'EFBIG',
    ['engine.disk-full', 'The file would become larger than the system allows', 'Free some space and try again.'],
  ],
  ['EIO', ['engine.io', 'The disk could not be read or written', 'Check the disk and its connection, and try again.']],
  ['EACCES', ['engine.no-access', 'Access was denied', 'Check who may read and write there.']],
  ['EPERM', ['engine.no-access', 'Access was denied', 'Check who may read and write there.']],
  ['EROFS', ['engine.no-access', 'The disk is read-only', 'Choose another folder.']],
  ['ENOENT', ['engine.missing', 'A file or folder is not there any more', 'Put it back and try again.']],
]);

/** Any thrown value as what the core records and shows. */
export function appErrorOf(error: unknown): AppError {
  // A file may be called anything; the runtime and the system speak of memory when they mean it.
  const own = error instanceof EngineError && !error.code.startsWith('runtime.');
  if (!own && error instanceof Error && tellsOfMemory(`${errnoOf(error)} ${error.message}`)) {
    return outOfMemory({ reason: error.message }, error);
  }
  if (error instanceof EngineError) {
    if (error.code === 'stopped') return cancelled('The job');
    const kind = BUGS.some((prefix) => error.code.startsWith(prefix)) ? 'bug' : 'expected';
    return new AppError(error.code, error.message, { kind, data: error.data, cause: error });
  }
  const refusal = REFUSALS.get(errnoOf(error));
  if (refusal === undefined) return asAppError(error);
  const [code, what, remedy] = refusal;
  const path = pathOf(error);
  const where = path === null ? '' : ` (${path})`;
  return new AppError(code, `${what}${where}. ${KEPT} ${remedy}`, { data: { path }, cause: error });
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function pathOf(error: unknown): string | null {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : null;
}
