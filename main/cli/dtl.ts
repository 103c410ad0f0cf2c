/** The `dtl` command. */
import { parseAndRun } from './parse.ts';
import { createProgram } from './program.ts';
import { Session } from './session.ts';

await parseAndRun(createProgram(new Session()));
