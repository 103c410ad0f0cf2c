/** The `dtl` command. */
import { enableCompileCache } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { coreEnvironment } from '#app/contract/core-environment.ts';

// Of hundreds of small files types are stripped and code is compiled at every start otherwise, which takes half a second of
// each command. What is kept lies beside the dependencies: who can write there could change the program itself.
const compiled = fileURLToPath(new URL('../../node_modules/.cache/dtl-studio', import.meta.url));
enableCompileCache(compiled);
// Engines are started from the same files.
process.env['NODE_COMPILE_CACHE'] ??= compiled;
// Read once, at the first work for those threads: nothing has been read in them yet.
process.env['UV_THREADPOOL_SIZE'] ??= coreEnvironment(availableParallelism()).UV_THREADPOOL_SIZE;

const { parseAndRun } = await import('./parse.ts');
const { createProgram } = await import('./program.ts');
const { Session } = await import('./session.ts');
await parseAndRun(createProgram(new Session()));
