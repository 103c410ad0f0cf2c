import type { Command } from 'commander';
import { z } from 'zod';
import { CLASS_NAME_RULE } from '#app/domain/class-name.ts';
import type { Core } from '../../core/open-core.ts';
import { onCall, projectOptions, withProject } from '../command.ts';
import { count, listing } from '../format.ts';
import type { Session } from '../session.ts';

type Report = Awaited<ReturnType<Core['library']['import']>>;

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
      return { json: { project: project.name, ...report }, text: describe(report) };
    }),
  );
}

function describe(report: Report): string {
  const changes = [
    [report.added, 'new'],
    [report.changed, 'changed'],
    [report.moved, 'moved'],
    [report.returned, 'back again'],
    [report.unchanged, 'unchanged'],
    [report.missing, 'missing'],
  ] as const;
  const named = changes.filter(([amount]) => amount > 0).map(([amount, what]) => `${amount} ${what}`);
  const lines = [
    `${count(report.found, 'photo')} in "${report.folder}": ${named.join(', ') || 'none'}`,
    ...listing(
      `Not decodable (kept in the list, never trained on): ${report.undecodable.length}`,
      report.undecodable.map(({ path, reason }) => `${path}: ${reason}`),
    ),
    ...listing(
      `Could not be read: ${report.unreadable.length}`,
      report.unreadable.map(({ path, reason }) => `${path}: ${reason}`),
    ),
  ];
  lines.push(
    ...listing(
      `Folder names that cannot be labels (${CLASS_NAME_RULE}): ${report.unfitNames.length}`,
      report.unfitNames.map(({ name, photos }) => `${name} (${photos})`),
    ),
  );
  if (report.offered.length > 0) {
    const names = report.offered.map(
      ({ name, photos, folders }) => `${name} (${photos}${folders.length > 1 ? `; ${several(folders)}` : ''})`,
    );
    lines.push(
      ...listing('Folder names that can be labels:', names),
      'Take them over with: dtl labels import --folders',
    );
  }
  return lines.join('\n');
}

const SHOWN = 4;

/** One class that lies in several folders. */
function several(folders: readonly string[]): string {
  const more = folders.length > SHOWN ? ` and ${folders.length - SHOWN} more` : '';
  return `in ${folders.slice(0, SHOWN).join(', ')}${more}`;
}
