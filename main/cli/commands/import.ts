import type { Command } from 'commander';
import { z } from 'zod';
import { onCall, projectOptions, withProject } from '../command.ts';
import { count, duration } from '../format.ts';
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
      const started = performance.now();
      const report = await core.library.import(project, session.path(dir), running);
      const seconds = (performance.now() - started) / 1000;
      const read = report.added + report.changed;
      const imagesPerSecond = read > 0 && seconds > 0 ? read / seconds : null;
      const speed =
        imagesPerSecond === null
          ? ''
          : `\nRead ${count(read, 'photo')} in ${duration(seconds)}: ${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} photos/s`;
      return { json: { project: project.name, ...report, imagesPerSecond }, text: describeImport(report) + speed };
    }),
  );
}
