import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { z } from 'zod';
import { noArguments, onCall, wholeNumber } from '../command.ts';
import type { Session } from '../session.ts';

const options = z.object({
  home: z.string().optional(),
  port: z.number().default(0),
  root: z.array(z.string()),
});

export function serveCommand(program: Command, session: Session): void {
  const command = program
    .command('serve')
    .description('serve the window to a browser on this machine, until it is stopped (Ctrl-C)')
    .option('--home <dir>', 'the profile folder (else DTL_STUDIO_HOME, else the usual place for data)')
    .option('--port <n>', 'where to listen (any free port unless given)', wholeNumber(0, 65_535))
    .option(
      '--root <dir>',
      'a folder that may be looked into from the window; may be given several times (the home folder unless given)',
      (dir: string, earlier: readonly string[]) => [...earlier, dir],
      [],
    )
    .addHelpText(
      'after',
      `
It prints one line with the address to open; the address holds the key, so keep it to yourself.
From another machine: ssh -L 8000:127.0.0.1:PORT HOST, then open the address with port 8000.

Examples:
  $ dtl serve
  $ dtl serve --port 8000 --root ~/photos`,
    );
  onCall(command, noArguments, options, async (_args, { home, port, root }) => {
    await session.run({}, async ({ signal, say }) => {
      // Only this command pays for loading a server.
      const { serve } = await import('../../server/serve.ts');
      await serve({
        home: session.home({ home }),
        roots: root.length > 0 ? root.map((dir) => session.path(dir)) : [homedir()],
        port,
        site: fileURLToPath(new URL('../../../dist/renderer', import.meta.url)),
        signal,
        say,
        onReady: (address) => process.stdout.write(`DTL Studio: ${address}\n`),
      });
      return { json: null, text: '' };
    });
    // Whatever could not be brought to an end in time ends here.
    process.exit();
  });
}
