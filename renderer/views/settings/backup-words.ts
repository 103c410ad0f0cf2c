/** What a backup holds, and what goes with it. */
import type { BackupView } from '#app/contract/backups.ts';
import { count } from '#app/domain/count.ts';
import { bytes } from '../../format.ts';

/** `2 projects, 320 photos, 224 labels` */
export function holds({ contents, reason }: BackupView): string {
  if (contents === null) return reason === 'damaged' ? 'Kept for those who repair databases' : 'Cannot be read';
  const { projects, photos, labelled } = contents;
  return `${count(projects.length, 'project')}, ${count(photos, 'photo')}, ${count(labelled, 'label')}`;
}

/** What somebody should know before it is removed. */
export function removalWords(backup: BackupView): string {
  const what =
    backup.contents !== null
      ? `It holds ${holds(backup)}.`
      : backup.reason === 'damaged'
        ? 'It is a damaged database, kept for those who repair databases.'
        : 'It cannot be read.';
  return `${what} This frees ${bytes(backup.bytes)} and cannot be undone. The database in use stays as it is.`;
}
