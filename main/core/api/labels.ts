import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { implement } from '@orpc/server';
import { labels } from '#app/contract/labels.ts';
import { count } from '#app/domain/count.ts';
import { AppError } from '#app/domain/errors.ts';
import type { ProjectId } from '#app/domain/ids.ts';
import type { TableReport } from '../use-cases.ts';
import type { ApiContext } from './context.ts';
import { publishEdit } from './publish-edit.ts';

export function labelsApi(context: Pick<ApiContext, 'core' | 'hub' | 'uploads'>) {
  const { core, uploads } = context;
  const procedures = implement(labels);
  return {
    set: procedures.set.handler(({ input }) =>
      publishEdit(context, input.project, core.labels.set(input.project, input.photos, input.class)),
    ),
    flag: procedures.flag.handler(({ input }) =>
      publishEdit(context, input.project, core.labels.mark(input.project, input.photos, 'flagged', input.flagged)),
    ),
    exclude: procedures.exclude.handler(({ input }) =>
      publishEdit(context, input.project, core.labels.mark(input.project, input.photos, 'excluded', input.excluded)),
    ),
    excludeFolder: procedures.excludeFolder.handler(({ input }) =>
      publishEdit(context, input.project, core.labels.excludeFolder(core.projects.get(input.project), input.from)),
    ),
    accept: procedures.accept.handler(({ input }) =>
      publishEdit(context, input.project, core.labels.accept(input.project, input.photos, input.pack)),
    ),
    state: procedures.state.handler(({ input }) => core.labels.state(input.project)),
    undo: procedures.undo.handler(({ input }) =>
      publishEdit(context, input.project, core.labels.undo(input.project, input.edit)),
    ),
    redo: procedures.redo.handler(({ input }) =>
      publishEdit(context, input.project, core.labels.redo(input.project, input.edit)),
    ),
    csv: procedures.csv.handler(({ input }) => {
      const rows = core.labels.rows(core.projects.get(input.project));
      return [core.labels.columns, ...rows].map((row) => core.tables.csvLine(row)).join('');
    }),
    history: procedures.history.handler(({ input }) => {
      const rows = core.labels.history(core.projects.get(input.project));
      return [core.labels.historyColumns, ...rows].map((row) => core.tables.csvLine(row)).join('');
    }),
    check: procedures.check.handler(({ input }) => core.labels.checkHistory(core.projects.get(input.project), null)),
    importTable: procedures.importTable.handler(async ({ input }) => {
      const project = core.projects.get(input.project);
      const report = await named(await uploads.path(input.upload), input.fileName, (path, folder) =>
        core.labels.fromTable(project, { path, folder, skipMissing: true }),
      );
      publishTable(context, project.id, report);
      return { matched: report.photos, changed: report.changed, made: report.made, notes: notesOf(report) };
    }),
  };
}

function publishTable({ hub }: Pick<ApiContext, 'hub'>, project: ProjectId, report: TableReport): void {
  if (report.newClasses.length > 0) hub.publish({ type: 'classes', project });
  if (report.groups > 0) hub.publish({ type: 'photos', project, photos: null });
  hub.publish({ type: 'labels', project, revision: report.revision, photos: null });
  if (report.split?.created === true) hub.publish({ type: 'splits', project });
}

/** A table is read by its ending and named in what is said of it, so it gets its own name back for that long. */
async function named<T>(
  upload: string,
  fileName: string,
  work: (path: string, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'dtl-table-'));
  try {
    const path = join(folder, safeName(fileName));
    await copyFile(upload, path);
    return await work(path, folder).catch((thrown: unknown) => {
      throw calledBy(fileName, path, thrown);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the table lay for that moment helps nobody. */
function calledBy(fileName: string, path: string, thrown: unknown): unknown {
  if (!(thrown instanceof AppError)) return thrown;
  const { code, kind, message, data } = thrown;
  return new AppError(code, message.replaceAll(path, fileName), {
    kind,
    data: 'path' in data ? { ...data, path: fileName } : data,
    cause: thrown,
  });
}

/** What can be a file's name on every system. */
function safeName(fileName: string): string {
  const last = fileName.split(/[/\\]/).at(-1) ?? '';
  const safe = last.replaceAll(/[^\p{L}\p{N}._ -]/gu, '_').slice(-100);
  return /^[. ]*$/.test(safe) ? 'table.csv' : safe;
}

const SHOWN = 5;

function notesOf({ newClasses, skipped, groups, split }: TableReport): readonly string[] {
  const shown = skipped.slice(0, SHOWN).map(({ line, fileName }) => `"${fileName}" (line ${line})`);
  const more = skipped.length > SHOWN ? ` and ${skipped.length - SHOWN} more` : '';
  return [
    ...(newClasses.length > 0 ? [`New classes: ${newClasses.join(', ')}.`] : []),
    ...(skipped.length > 0
      ? [
          `Left out ${count(skipped.length, 'row')} for photos that the project does not have: ${shown.join(', ')}${more}.`,
        ]
      : []),
    ...(groups > 0 ? [`${count(groups, 'group')} noted.`] : []),
    ...(split === null ? [] : [`The table's subsets are kept as "${split.split.name}".`, ...split.warnings]),
  ];
}
