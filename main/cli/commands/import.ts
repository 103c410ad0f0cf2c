import type { Command } from 'commander';
import { z } from 'zod';
import { onCall, projectOptions, withProject } from '../command.ts';
import { describeImport } from '../import-text.ts';
import type { Session } from '../session.ts';

export function importCommand(program: Command, session: Session): void {
  const command = withProject(
    program
      .command('import')
      .description(
        'take a folder of photos into a project, in place: nothing is copied. Importing again finds what is new, changed, ' +
          'moved or missing',
      )
      .argument('<dir>', 'the folder; everything below it is looked at'),
    'import ~/photos/shells',
    'import ../photos --project shells --json',
  );
  onCall(command, z.tuple([z.string()]), projectOptions, ([dir], options) =>
    session.withCore(options, 'import', 'write', async (core, running) => {
      const project = core.projects.resolve(options.project ?? null);
      const report = await core.library.import(project, session.path(dir), running);
      return { json: { project: project.name, ...report }, text: describeImport(report) };
    }),
  );
}
