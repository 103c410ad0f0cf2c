/** The Undo of a notice: it takes back just the edit that the notice tells of. */
import { core } from '../bridge/client.ts';
import { useProject } from '../stores/project.ts';
import { useNotices } from './notices.ts';

/** `edit`: what undo would have done right after the act. */
export function useTakeBack(): (edit: number) => () => Promise<void> {
  const project = useProject();
  const { notify, attempt } = useNotices();
  return (edit) => {
    const where = project.open;
    return async () => {
      await attempt(async () => {
        const { undo } = await core.labels.state({ project: where });
        if (undo?.id === edit) await core.labels.undo({ project: where });
        else notify('More was done since then', { description: 'Undo those steps first, with Ctrl Z.' });
      });
    };
  };
}
