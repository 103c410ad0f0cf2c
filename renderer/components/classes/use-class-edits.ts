/**
 * Everything that can be done to classes. Nothing asks beforehand; each says what it did and offers to undo it. Failures
 * become notices, and null is returned.
 */
import { count } from '#app/domain/count.ts';
import type { ClassView, Edited } from '#app/contract/labels.ts';
import type { ClassId } from '#app/domain/ids.ts';
import { core } from '../../bridge/client.ts';
import { useNotices } from '../../composables/notices.ts';
import { useTakeBack } from '../../composables/take-back.ts';
import { useClasses } from '../../stores/classes.ts';
import { useEdits } from '../../stores/edits.ts';
import { useProject } from '../../stores/project.ts';

export type ClassEdits = ReturnType<typeof useClassEdits>;

export function useClassEdits() {
  const project = useProject();
  const classes = useClasses();
  const edits = useEdits();
  const takeBack = useTakeBack();
  const { notify, attempt } = useNotices();

  async function edit<T extends Edited>(work: () => Promise<T>, said: string | null): Promise<T | null> {
    const where = project.open;
    const edited = await attempt(() => edits.act(where, work()));
    if (said !== null && edited !== null && edited.made !== null) notify(said, { undo: takeBack(edited.made) });
    return edited;
  }

  const nameOf = (id: ClassId): string => classes.byId.get(id)?.name ?? 'class';

  return {
    /** Says nothing: the new class appears where it was asked for. */
    add: async (name: string): Promise<ClassView | null> => {
      const added = await edit(() => core.classes.add({ project: project.open, name }), null);
      return added?.class ?? null;
    },
    rename: (id: ClassId, name: string) => {
      const before = nameOf(id);
      return edit(
        () => core.classes.edit({ project: project.open, class: id, name }),
        `Renamed "${before}" to "${name.trim()}"`,
      );
    },
    recolour: (id: ClassId, color: string) =>
      edit(() => core.classes.edit({ project: project.open, class: id, color }), null),
    rekey: (id: ClassId, key: string | null) => {
      const owner = key === null ? undefined : classes.list.find((one) => one.key === key && one.id !== id);
      return edit(
        () => core.classes.edit({ project: project.open, class: id, key }),
        owner === undefined
          ? null
          : `${(key ?? '').toUpperCase()} is the key of "${nameOf(id)}" now; "${owner.name}" has none`,
      );
    },
    merge: (id: ClassId, into: ClassId) => {
      const photos = classes.byId.get(id)?.photos ?? 0;
      return edit(
        () => core.classes.merge({ project: project.open, class: id, into }),
        `Merged "${nameOf(id)}" into "${nameOf(into)}": ${count(photos, 'photo')}`,
      );
    },
    remove: (id: ClassId) =>
      edit(() => core.classes.remove({ project: project.open, class: id }), `Removed "${nameOf(id)}"`),
    reorder: (order: readonly ClassId[]) =>
      edit(() => core.classes.reorder({ project: project.open, classes: [...order] }), null),
  };
}
