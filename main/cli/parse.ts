/** Runs a program on this process's arguments and turns what the parser refuses into exit code 2. */
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { AppError, asAppError } from '#app/domain/errors.ts';
import { fail } from './session.ts';

export async function parseAndRun(program: Command): Promise<void> {
  // A reader that has seen enough (`dtl ... | head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  process.stderr.on('error', () => undefined);
  const json = process.argv.includes('--json');
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) fail(asAppError(error), json, 1);
    else if (error.exitCode !== 0 || error.code === 'commander.help') {
      // Commander has written the message and the help to stderr.
      process.exitCode = 2;
      if (json) fail(new AppError('usage', error.message.replace(/^error: /, '')), true, 2);
    }
  }
}
