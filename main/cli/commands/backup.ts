import type { Command } from 'commander';
import { z } from 'zod';
import type { BackupView } from '#app/contract/backups.ts';
import type { BackupReason } from '#app/domain/backup.ts';
import { listBackupsAt, restoreBackupAt } from '../../core/backup-cases.ts';
import { commonOptions, noArguments, onCall, wholeNumber, withCommon } from '../command.ts';
import { bytes, count, moment, table } from '../format.ts';
import type { Session } from '../session.ts';

const reasons: Readonly<Record<BackupReason, string>> = {
  scheduled: 'on time',
  asked: 'asked for',
  'before-restore': 'before a restore',
  damaged: 'damaged, as it was found',
};

export function backupCommands(program: Command, session: Session): void {
  const group = program.command('backup').description('copies of the database: make, list, put back');

  const now = withCommon(group.command('now').description('copy the database now'), 'backup now');
  onCall(now, noArguments, commonOptions, (_args, options) =>
    session.withCore(options, 'backup now', 'write', async (core, running) => {
      const backup = await core.backups.make(running);
      return {
        json: backup,
        text: `Made and checked backup ${backup.id} (${bytes(backup.bytes)}): ${backup.path}`,
      };
    }),
  );

  const list = withCommon(
    group.command('list').description('list the backups, newest first; works also where the database is damaged'),
    'backup list',
  );
  onCall(list, noArguments, commonOptions, (_args, options) =>
    session.run(options, async () => {
      const all = await listBackupsAt(session.home(options));
      return { json: all, text: listText(all) };
    }),
  );

  const restore = withCommon(
    group
      .command('restore')
      .description('put a backup in the place of the database, which is kept as a backup of its own')
      .argument('<id>', 'which (dtl backup list)', wholeNumber(1)),
    'backup restore 12',
  );
  onCall(restore, z.tuple([z.number()]), commonOptions, ([id], options) =>
    session.run(options, async (running) => {
      const report = await restoreBackupAt(session.home(options), id, 'dtl backup restore', running);
      const kept =
        report.kept === null
          ? 'There was no database before.'
          : `The database that was there is kept as backup ${report.kept.id}`;
      return {
        json: report,
        text:
          `Backup ${id} of ${moment(report.backup.at)} is the database now. ` +
          (report.wasDamaged && report.kept !== null
            ? `${kept}, as it was found: it is damaged.`
            : report.kept === null
              ? kept
              : `${kept}.`),
      };
    }),
  );

  const remove = withCommon(
    group.command('remove').description('delete a backup').argument('<id>', 'which (dtl backup list)', wholeNumber(1)),
    'backup remove 12',
  );
  onCall(remove, z.tuple([z.number()]), commonOptions, ([id], options) =>
    session.withCore(options, 'backup remove', 'write', async (core) => {
      await core.backups.remove(id);
      return { json: { removed: id }, text: `Removed backup ${id}.` };
    }),
  );
}

function listText(all: readonly BackupView[]): string {
  if (all.length === 0) return 'No backups yet. Make one: dtl backup now';
  const rows = all.map(({ id, at, reason, bytes: size, contents }) => [
    String(id),
    moment(at),
    reasons[reason],
    bytes(size),
    contents === null
      ? reason === 'damaged'
        ? ''
        : 'cannot be read'
      : `${count(contents.projects.length, 'project')}, ${count(contents.photos, 'photo')}, ${count(contents.labelled, 'label')}, ${count(contents.runs, 'run')}`,
  ]);
  const total = all.reduce((sum, one) => sum + one.bytes, 0);
  return [
    table(['id', 'made', 'why', 'size', 'what it holds'], rows, ['right', 'left', 'left', 'right']),
    `${count(all.length, 'backup')}, ${bytes(total)} in all`,
  ].join('\n');
}
