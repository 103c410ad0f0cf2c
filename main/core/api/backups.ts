import { implement } from '@orpc/server';
import { backups } from '#app/contract/backups.ts';
import type { ApiContext } from './context.ts';

/** Milliseconds for the answer to reach the window before the core goes. */
const FAREWELL = 300;

export function backupsApi({ core, hub, tasks, restart }: ApiContext) {
  const procedures = implement(backups);
  return {
    list: procedures.list.handler(() => core.backups.list()),
    make: procedures.make.handler(() =>
      tasks.start({ kind: 'backup', title: 'Copying the database', project: null }, async (work) => {
        const { id, bytes } = await core.backups.make(work);
        hub.publish({ type: 'backups' });
        return { kind: 'backup', backup: id, bytes };
      }),
    ),
    remove: procedures.remove.handler(async ({ input: { backup } }) => {
      await core.backups.remove(backup);
      hub.publish({ type: 'backups' });
      return { removed: backup };
    }),
    restore: procedures.restore.handler(({ input: { backup } }) =>
      tasks.start({ kind: 'restore-backup', title: 'Putting a backup in place', project: null }, async (work) => {
        const kept = await core.backups.intendRestore(backup, work);
        setTimeout(restart, FAREWELL);
        return { kind: 'restore-backup', backup, kept: kept.id };
      }),
    ),
  };
}
