/** Looks from time to time whether a backup is due, and makes it as a task that can be seen. */
import type { Core } from '../open-core.ts';
import type { Hub } from './hub.ts';
import { reportBug } from './report-bug.ts';
import type { Tasks } from './tasks.ts';
import { asAppError } from '#app/domain/errors.ts';

/** Not at once: the window comes first. */
const FIRST = 20_000;
const PAUSE = 300_000;

/** Gives what ends it. */
export function scheduleBackups(
  core: Pick<Core, 'backups'>,
  hub: Hub,
  tasks: Tasks,
  first = FIRST,
  pause = PAUSE,
): () => void {
  let ended = false;
  let timer = setTimeout(() => void look(), first).unref();

  async function look(): Promise<void> {
    try {
      if (await core.backups.isDue()) await make();
    } catch (error) {
      const problem = asAppError(error);
      if (problem.kind === 'bug' && !ended) reportBug(problem);
    }
    if (!ended) timer = setTimeout(() => void look(), pause).unref();
  }

  /** A failure is the task's: it is told there, in words, and tried again after the pause. */
  function make(): Promise<void> {
    return new Promise((resolve) => {
      tasks.start({ kind: 'backup', title: 'Copying the database', project: null }, async (work) => {
        try {
          const { id, bytes } = await core.backups.makeScheduled(work);
          hub.publish({ type: 'backups' });
          return { kind: 'backup', backup: id, bytes };
        } finally {
          resolve();
        }
      });
    });
  }

  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
