/** The `dtl` command. */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Of hundreds of small files types are stripped and code is compiled at every start otherwise, which takes half a second of
// each command. What is kept lies beside the dependencies: who can write there could change the program itself.
const compiled = fileURLToPath(new URL('../../node_modules/.cache/dtl-studio', import.meta.url));
enableCompileCache(compiled);
// Engines are started from the same files.
process.env['NODE_COMPILE_CACHE'] ??= compiled;

const { parseAndRun } = await import('./parse.ts');
const { createProgram } = await import('./program.ts');
const { Session } = await import('./session.ts');
await parseAndRun(createProgram(new Session()));
