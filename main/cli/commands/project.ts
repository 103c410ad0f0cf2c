import type { Command } from 'commander';
import { z } from 'zod';
import type { Core } from '../../core/open-core.ts';
import { commonOptions, noArguments, onCall, withCommon } from '../command.ts';
import { count, moment, percent, table } from '../format.ts';
import type { Session } from '../session.ts';
import { archiveCommands } from './archive.ts';

type Summary = ReturnType<Core['projects']['show']>;

export function projectCommands(program: Command, session: Session): void {
  const group = program
    .command('project')
    .description('create projects, see what is in them, carry them to other machines');
  const create = withCommon(
    group.command('create').description('create a project').argument('<name>', 'what to call it'),
    'project create shells',
  );
  onCall(create, z.tuple([z.string()]), commonOptions, ([name], options) =>
    session.withCore(options, 'project create', 'write', (core) => {
      const project = core.projects.create(name);
      return { json: project, text: `Created project "${project.name}". Next: dtl import DIR` };
    }),
  );

  const list = withCommon(
    group.command('list').description('list the projects of this profile'),
    'project list --json',
  );
  onCall(list, noArguments, commonOptions, (_args, options) =>
    session.withCore(options, 'project list', 'read', (core) => {
      const all = core.projects.list();
      const rows = all.map(({ project, photos, classes, unlabelled, runs }) => [
        project.name,
        String(photos.ok + photos.missing + photos.undecodable),
        String(classes.length),
        String(unlabelled),
        String(runs),
        moment(project.createdAt),
      ]);
      const header = ['project', 'photos', 'classes', 'unlabelled', 'runs', 'created'];
      const right = ['left', 'right', 'right', 'right', 'right'] as const;
      return {
        json: all,
        text: all.length === 0 ? 'No projects yet. Create one: dtl project create NAME' : table(header, rows, right),
      };
    }),
  );

  const show = withCommon(
    group
      .command('show')
      .description('photos, classes, split and runs of a project')
      .argument('[name]', 'which (not needed while there is only one)'),
    'project show',
    'project show shells --json',
  );
  onCall(show, z.tuple([z.string().optional()]), commonOptions, ([name], options) =>
    session.withCore(options, 'project show', 'read', (core) => {
      const summary = core.projects.show(core.projects.resolve(name ?? null));
      return { json: summary, text: describe(summary) };
    }),
  );
  archiveCommands(group, session);
}

function describe({ project, folders, photos, classes, unlabelled, latestSplit, runs }: Summary): string {
  const labelled = classes.reduce((sum, one) => sum + one.photos, 0);
  const lines = [
    `Project "${project.name}", created ${moment(project.createdAt)}, label revision ${project.labelRevision}`,
    `Photos: ${photos.ok} usable, ${photos.missing} missing, ${photos.undecodable} not decodable`,
    ...folders.map(({ path, importedAt }) => `  ${path} (imported ${moment(importedAt)})`),
    `Labels: ${count(labelled, 'photo')} in ${count(classes.length, 'class', 'classes')}, ${unlabelled} without`,
  ];
  if (classes.length > 0) {
    const rows = classes.map((one) => [
      one.name,
      String(one.photos),
      labelled === 0 ? '' : percent(one.photos / labelled),
    ]);
    lines.push(
      table(
        ['  class', 'photos', 'share'],
        rows.map(([name = '', ...rest]) => [`  ${name}`, ...rest]),
        ['left', 'right', 'right'],
      ),
    );
  }
  lines.push(
    latestSplit === null
      ? 'Split: none yet (dtl split)'
      : `Split: "${latestSplit.name}": ${latestSplit.counts.train} train, ${latestSplit.counts.validation} validation, ` +
          `${latestSplit.counts.test} test`,
    `Runs: ${runs}`,
  );
  return lines.join('\n');
}
