import type { EditReport } from '#app/labels/edits.ts';
import type { ProjectId } from '#app/domain/ids.ts';
import type { ApiContext } from './context.ts';

/** Tells every window what an edit changed, after its commit, and gives what its author is answered. */
export function publishEdit<Report extends EditReport>(
  { core, hub }: Pick<ApiContext, 'core' | 'hub'>,
  project: ProjectId,
  { edited, changes }: Report,
): Report['edited'] {
  const photos = edited.changed > edited.photos.length ? null : edited.photos;
  const kinds = new Set(changes.map(({ kind }) => kind));
  if (kinds.has('labels')) {
    hub.publish({ type: 'labels', project, revision: core.labels.revision(project), photos });
  }
  if (kinds.has('mark')) hub.publish({ type: 'photos', project, photos });
  if (changes.some(({ kind }) => kind !== 'labels' && kind !== 'mark')) hub.publish({ type: 'classes', project });
  return edited;
}
