import type { Command } from 'commander';
import { z } from 'zod';
import { noArguments, onCall, projectOptions, withProject } from '../command.ts';
import { followRun } from '../follow-run.ts';
import { detailText, runTable } from '../run-text.ts';
import type { Session } from '../session.ts';

const reference = z.tuple([z.string().optional()]);

export function runCommands(program: Command, session: Session): void {
  const group = program.command('runs').description('list runs, look at them, and go on with stopped ones');
  const list = withProject(group.command('list').description('list the runs of a project, newest first'), 'runs list');
  onCall(list, noArguments, projectOptions, (_args, options) =>
    session.withCore(options, 'runs list', 'read', (core) => {
      const runs = core.runs.list(core.projects.resolve(options.project ?? null));
      return { json: runs, text: runs.length === 0 ? 'No runs yet. Start one: dtl train' : runTable(runs) };
    }),
  );

  const show = withProject(
    group
      .command('show')
      .description('settings, origin, metrics of every epoch, and the confusion matrix of a run')
      .argument('[run]', 'number or name (else the newest)'),
    'runs show',
    'runs show 3 --json',
  );
  onCall(show, reference, projectOptions, ([run], options) =>
    session.withCore(options, 'runs show', 'read', (core) => {
      const project = core.projects.resolve(options.project ?? null);
      const details = core.runs.show(core.runs.resolve(project, run ?? null));
      return { json: details, text: detailText(details) };
    }),
  );

  const resume = withProject(
    group
      .command('resume')
      .description('go on with a run that was stopped or broke off, from its last checkpoint and with its own settings')
      .argument('[run]', 'number or name (else the newest that can go on)'),
    'runs resume',
    'runs resume 3',
  );
  onCall(resume, reference, projectOptions, ([run], options) =>
    session.withCore(options, 'runs resume', 'write', (core, running) => {
      const project = core.projects.resolve(options.project ?? null);
      return followRun(core, core.runs.resolveResumable(project, run ?? null), running, { project: project.name });
    }),
  );
}
