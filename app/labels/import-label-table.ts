/** Labels from a table: a CSV file, or the metadata file of a Hugging Face folder of images. */
import { count } from '../domain/count.ts';
import type { Edit } from '../domain/edit.ts';
import { AppError } from '../domain/errors.ts';
import type { Photo } from '../domain/photo.ts';
import type { Project } from '../domain/project.ts';
import type { Subset } from '../domain/run-config.ts';
import type { LabelRow, LabelTable, Tables } from '../ports/files.ts';
import type { EditPorts } from './edits.ts';
import { fileMatcher } from './match-files.ts';
import type { LabelReport } from './set-labels.ts';
import { keepAsEdit, setLabels } from './set-labels.ts';

export interface TableLabelReport extends LabelReport {
  readonly rows: number;
  /** Rows left out because the project has no such photo; only with `skipMissing`. */
  readonly skipped: readonly { readonly line: number; readonly fileName: string }[];
  readonly groups: number;
  /** The edit that it is kept as; null where it changed no label. */
  readonly made: Edit['id'] | null;
  /** The subsets that the table names, for whoever stores splits. Empty where it names none. */
  readonly subsets: ReadonlyMap<Photo['id'], Subset>;
}

export interface TableImport {
  readonly path: string;
  /** The table's own folder: its file names are usually relative to it. */
  readonly folder: string;
  readonly skipMissing: boolean;
}

interface MatchedRow {
  readonly row: LabelRow;
  readonly photo: Photo;
}

/**
 * All rows or none. Throws `labels.table` (the file), `labels.unknown-files`, `labels.ambiguous-files`,
 * `labels.conflict` (two rows, one photo, different words).
 */
export async function importLabelTable(
  { store, actor, tables }: EditPorts & { readonly tables: Tables },
  project: Project,
  { path, folder, skipMissing }: TableImport,
): Promise<TableLabelReport> {
  const table = await tables.readLabels(path);
  return store.transaction(() => {
    const imported = store.projects.folders(project.id).map((one) => one.path);
    const match = fileMatcher(store.photos.list(project.id), { own: folder, imported });
    const matched: MatchedRow[] = [];
    const unknown: LabelRow[] = [];
    const ambiguous: LabelRow[] = [];
    for (const row of table.rows) {
      const result = match(row.fileName);
      if (result.kind === 'found') matched.push({ row, photo: result.photo });
      else if (result.kind === 'unknown') unknown.push(row);
      else ambiguous.push(row);
    }
    if (ambiguous.length > 0) throw ambiguousFiles(path, ambiguous);
    if (unknown.length > 0 && (!skipMissing || matched.length === 0)) {
      throw unknownFiles(path, project, unknown, table);
    }
    refuseConflicts(path, matched);
    const { changes, ...report } = setLabels(
      store,
      project,
      matched.map(({ row, photo }) => ({ photo, label: row.label })),
      { actor: actor(), source: table.kind },
    );
    const title = (photos: string): string => `Take labels of ${photos} from a table`;
    const edit = keepAsEdit(store, project, { ...report, changes }, actor(), title);
    const groups = matched.filter(({ row }) => row.group !== null);
    store.photos.setGroups(groups.map(({ row, photo }) => ({ id: photo.id, group: row.group })));
    return {
      ...report,
      rows: table.rows.length,
      skipped: unknown.map(({ line, fileName }) => ({ line, fileName })),
      groups: new Set(groups.map(({ row }) => row.group)).size,
      made: edit?.id ?? null,
      subsets: new Map(
        matched.flatMap(({ row, photo }) => (row.split === null ? [] : [[photo.id, row.split] as const])),
      ),
    };
  });
}

const SHOWN = 5;

function listed(rows: readonly LabelRow[]): string {
  const first = rows.slice(0, SHOWN).map(({ line, fileName }) => `"${fileName}" (line ${line})`);
  return first.join(', ') + (rows.length > SHOWN ? ` and ${rows.length - SHOWN} more` : '');
}

function unknownFiles(path: string, project: Project, rows: readonly LabelRow[], table: LabelTable): AppError {
  const all = rows.length === table.rows.length;
  return new AppError(
    'labels.unknown-files',
    `"${path}" has labels for ${count(rows.length, 'file')} that project "${project.name}" does not have: ${listed(rows)}. ` +
      `No label was changed. Import the folder they are in first${all ? '' : ', or leave them out with --skip-missing'}.`,
    { data: { path, files: rows.map(({ fileName }) => fileName), lines: rows.map(({ line }) => String(line)) } },
  );
}

function ambiguousFiles(path: string, rows: readonly LabelRow[]): AppError {
  return new AppError(
    'labels.ambiguous-files',
    `"${path}" names ${count(rows.length, 'file')} of which there are several in different folders: ${listed(rows)}. ` +
      'No label was changed. Write their full paths.',
    { data: { path, files: rows.map(({ fileName }) => fileName) } },
  );
}

/** Two names can mean one photo: `a.jpg` and `./a.jpg`. */
function refuseConflicts(path: string, matched: readonly MatchedRow[]): void {
  const first = new Map<number, LabelRow>();
  for (const { row, photo } of matched) {
    const before = first.get(photo.id);
    if (before === undefined) first.set(photo.id, row);
    else if (before.label !== row.label || before.split !== row.split || before.group !== row.group) {
      throw new AppError(
        'labels.conflict',
        `"${path}" says two things about one photo: line ${before.line} ("${before.fileName}") and line ${row.line} ` +
          `("${row.fileName}"). No label was changed. Keep one of the two lines.`,
        { data: { path, lines: [String(before.line), String(row.line)] } },
      );
    }
  }
}
