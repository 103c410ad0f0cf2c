import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { noArguments, onCall, projectOptions, withProject } from '../command.ts';
import { count, listing } from '../format.ts';
import type { Session } from '../session.ts';
import { describeSplit } from '../split-text.ts';
import { historyCommands } from './label-history.ts';

const importOptions = projectOptions.extend({
  folders: z.boolean().optional(),
  overwrite: z.boolean().optional(),
  skipMissing: z.boolean().optional(),
});
const exportOptions = projectOptions.extend({ out: z.string().optional() });

export function labelCommands(program: Command, session: Session): void {
  const group = program.command('labels').description('take labels from folders or tables, and write them');
  const importing = withProject(
    group
      .command('import')
      .description(
        'labels from folder names, from CSV (file_name,label[,split,group]), or from a metadata.csv or .jsonl of Hugging Face. ' +
          'A table counts whole or not at all; its split becomes a split of the project',
      )
      .argument('[source]', 'a table, or a folder: its metadata file if it has one, else its folder names')
      .option('--folders', 'the label of a photo is the name of the folder that directly holds it')
      .option('--overwrite', 'with --folders: also replace labels that say something else')
      .option('--skip-missing', 'leave out rows for files that the project does not have'),
    'labels import --folders',
    'labels import labels.csv',
    'labels import ~/photos/shells',
    'labels import dataset/metadata.jsonl --skip-missing',
  );
  onCall(importing, z.tuple([z.string().optional()]), importOptions, ([typed], options) => {
    if ((typed === undefined) === (options.folders !== true)) {
      importing.error('error: name one source of labels: a file, a folder, or --folders');
    }
    return session.withCore(options, 'labels import', 'write', async (core) => {
      const project = core.projects.resolve(options.project ?? null);
      const source = typed === undefined ? null : await labelSource(session.path(typed));
      if (source?.kind !== 'table') {
        const report = core.labels.fromFolders(project, {
          folder: source?.folder ?? null,
          overwrite: options.overwrite === true,
        });
        return {
          json: { project: project.name, ...report },
          text: [
            labelled(report),
            ...(report.kept > 0
              ? [`${count(report.kept, 'photo')} had another label and kept it (--overwrite replaces it).`]
              : []),
            ...(report.withoutFolder > 0
              ? [`${count(report.withoutFolder, 'photo')} in no folder whose name can be a label: not labelled.`]
              : []),
          ].join('\n'),
        };
      }
      const { path } = source;
      const request = { path, folder: dirname(path), skipMissing: options.skipMissing === true };
      const report = await core.labels.fromTable(project, request);
      return {
        json: { project: project.name, ...report },
        text: [
          labelled(report),
          ...(report.groups > 0 ? [`${count(report.groups, 'group')} noted.`] : []),
          ...listing(
            `Left out, because the project has no such photo: ${report.skipped.length}`,
            report.skipped.map(({ line, fileName }) => `line ${line}: ${fileName}`),
          ),
          ...(report.split === null ? [] : [describeSplit(report.split)]),
        ].join('\n'),
      };
    });
  });

  const exporting = withProject(
    group
      .command('export')
      .description('write the labels as CSV that "labels import" reads: file_name, label, split, group')
      .option('--out <file>', 'where to write it (else stdout)'),
    'labels export --out labels.csv',
    'labels export > labels.csv',
  );
  onCall(exporting, noArguments, exportOptions, (_args, options) =>
    session.withCore(options, 'labels export', 'read', async (core) => {
      const project = core.projects.resolve(options.project ?? null);
      const rows = core.labels.rows(project);
      const { columns } = core.labels;
      if (options.out !== undefined) {
        const path = session.path(options.out);
        await core.tables.writeCsv(path, columns, rows);
        return { json: { path, photos: rows.length }, text: `Wrote ${count(rows.length, 'label')} to "${path}".` };
      }
      return {
        json: rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null]))),
        text: [columns, ...rows].map((row) => core.tables.csvLine(row)).join(''),
        exact: true,
      };
    }),
  );
  historyCommands(group, session);
}

type Source = { readonly kind: 'table'; readonly path: string } | { readonly kind: 'folder'; readonly folder: string };

/** What does not exist is taken for a table: reading it says so. */
async function labelSource(path: string): Promise<Source> {
  const isFolder = await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (!isFolder) return { kind: 'table', path };
  for (const name of ['metadata.csv', 'metadata.jsonl']) {
    const table = join(path, name);
    if (
      await stat(table).then(
        () => true,
        () => false,
      )
    )
      return { kind: 'table', path: table };
  }
  return { kind: 'folder', folder: await realpath(path) };
}

interface Labelled {
  readonly photos: number;
  readonly changed: number;
  readonly revision: number;
  readonly newClasses: readonly string[];
}

function labelled({ photos, changed, revision, newClasses }: Labelled): string {
  const fresh = newClasses.length > 0 ? `; new classes: ${newClasses.join(', ')}` : '';
  return `${count(photos, 'photo')} with a label, ${changed} of them changed (label revision ${revision})${fresh}.`;
}
