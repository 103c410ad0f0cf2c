/** What is done to the chosen photos. Everything takes effect at once and can be undone. */
import type { Ref } from 'vue';
import { count } from '#app/domain/count.ts';
import type { ClassView, Edited } from '#app/contract/labels.ts';
import type { PhotoRow } from '#app/contract/library.ts';
import type { PhotoId } from '#app/domain/ids.ts';
import { core } from '../../bridge/client.ts';
import { useNotices } from '../../composables/notices.ts';
import { useTakeBack } from '../../composables/take-back.ts';
import { useEdits } from '../../stores/edits.ts';
import { useProject } from '../../stores/project.ts';

/** Of how many chosen photos the marks are looked at before they are turned over. */
const LOOKED_AT = 1000;

export function useLabelActs(source: {
  readonly targets: Readonly<Ref<readonly PhotoId[]>>;
  /** Rows of the targets, as far as they are known. */
  readonly rowsOf: () => readonly PhotoRow[];
  /** Changes what is shown until it is read again. */
  readonly paint: (change: (row: PhotoRow) => PhotoRow) => void;
  readonly refresh: () => Promise<void>;
}) {
  const project = useProject();
  const edits = useEdits();
  const { notify, attempt } = useNotices();
  const takeBack = useTakeBack();

  /** `change`: what a changed row looks like; null where only the core can say. */
  async function act(
    photos: readonly PhotoId[],
    work: (photos: PhotoId[]) => Promise<Edited>,
    change: Partial<Pick<PhotoRow, 'classId' | 'flagged' | 'excluded'>> | null,
    said: (changed: number) => string,
  ): Promise<void> {
    if (photos.length === 0) return;
    if (change !== null) {
      const changed = new Set(photos);
      source.paint((row) => (changed.has(row.id) ? { ...row, ...change } : row));
    }
    const edited = await attempt(() => edits.act(project.open, work([...photos])));
    // What was painted ahead of a failure must not stay.
    if (edited === null) return void source.refresh();
    await source.refresh();
    // One photo shows for itself what was done to it.
    if (photos.length === 1) return;
    notify(said(edited.changed), edited.made === null ? {} : { undo: takeBack(edited.made) });
  }

  /** Taken before anything is waited for: what is chosen may be something else afterwards. */
  const chosen = (): readonly PhotoId[] => source.targets.value;
  const on = () => ({ project: project.open });

  /** Rows of the targets, also of those that are out of sight. */
  async function rowsOfTargets(photos: readonly PhotoId[]): Promise<readonly PhotoRow[]> {
    const known = source.rowsOf();
    if (known.length >= Math.min(photos.length, LOOKED_AT)) return known;
    return (
      (await attempt(() => core.library.rowsOf({ ...on(), photos: photos.slice(0, LOOKED_AT), pack: null }))) ?? known
    );
  }

  /** Sets the mark where one of the photos has none, else takes it away. */
  async function turn(photos: readonly PhotoId[], mark: 'flagged' | 'excluded'): Promise<boolean> {
    return (await rowsOfTargets(photos)).some((row) => !row[mark]);
  }
  return {
    label: ({ id, name }: Pick<ClassView, 'id' | 'name'>) =>
      act(
        chosen(),
        (photos) => core.labels.set({ ...on(), photos, class: id }),
        { classId: id },
        (changed) => `Labelled ${count(changed, 'photo')} "${name}"`,
      ),
    create: async (name: string) => {
      const these = chosen();
      const made = await attempt(() => edits.act(project.open, core.classes.add({ ...on(), name })));
      if (made === null) return;
      await act(
        these,
        (photos) => core.labels.set({ ...on(), photos, class: made.class.id }),
        { classId: made.class.id },
        (changed) => `Labelled ${count(changed, 'photo')} "${name}"`,
      );
    },
    clear: () =>
      act(
        chosen(),
        (photos) => core.labels.set({ ...on(), photos, class: null }),
        { classId: null },
        (changed) => `Took the label from ${count(changed, 'photo')}`,
      ),
    flag: async () => {
      const these = chosen();
      const flagged = await turn(these, 'flagged');
      await act(
        these,
        (photos) => core.labels.flag({ ...on(), photos, flagged }),
        { flagged },
        (changed) => `${flagged ? 'Flagged' : 'Took the flag from'} ${count(changed, 'photo')}`,
      );
    },
    exclude: async () => {
      const these = chosen();
      const excluded = await turn(these, 'excluded');
      await act(
        these,
        (photos) => core.labels.exclude({ ...on(), photos, excluded }),
        { excluded },
        (changed) => `${excluded ? 'Excluded' : 'Took back'} ${count(changed, 'photo')}`,
      );
    },
    accept: async () => {
      const these = chosen();
      const pack = (await rowsOfTargets(these)).find(({ suggestion }) => suggestion !== null)?.suggestion?.pack;
      if (pack === undefined) {
        notify('No model has said anything of these photos');
        return;
      }
      await act(
        these,
        (photos) => core.labels.accept({ ...on(), photos, pack }),
        null,
        (changed) => `Accepted what the model says of ${count(changed, 'photo')}`,
      );
    },
  };
}
