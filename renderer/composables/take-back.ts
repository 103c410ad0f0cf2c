/** The Undo of a notice: it takes back just the edit that the notice tells of. */
import { useEdits } from '../stores/edits.ts';
import { useProject } from '../stores/project.ts';
import { useNotices } from './notices.ts';

/** `edit`: what the act is kept as. What was done since is undone first, by the person. */
export function useTakeBack(): (edit: number) => () => Promise<void> {
  const project = useProject();
  const edits = useEdits();
  const { attempt } = useNotices();
  return (edit) => {
    const where = project.open;
    return async () => {
      await attempt(() => edits.undo(where, edit));
    };
  };
}
