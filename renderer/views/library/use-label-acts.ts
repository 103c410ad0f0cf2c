/** What is done to the chosen photos. Everything takes effect at once and can be undone. */
import type { Ref } from 'vue';
import { count } from '#app/domain/count.ts';
import type { ClassView, Edited } from '#app/contract/labels.ts';
import type { PhotoRow } from '#app/contract/library.ts';
import type { PhotoId } from '#app/domain/ids.ts';
import { core } from '../../bridge/client.ts';
import { useNotices } from '../../composables/notices.ts';
import { useProject } from '../../stores/project.ts';

export function useLabelActs(source: {
  readonly targets: Readonly<Ref<readonly PhotoId[]>>;
  /** Rows of the targets, as far as they are known. */
  readonly rowsOf: () => readonly PhotoRow[];
  readonly refresh: () => Promise<void>;
}) {
  const project = useProject();
  const { notify, attempt } = useNotices();

  async function act(work: (photos: PhotoId[]) => Promise<Edited>, said: (changed: number) => string): Promise<void> {
    const photos = [...source.targets.value];
    if (photos.length === 0) return;
    const where = project.open;
    const edited = await attempt(() => work(photos));
    if (edited === null) return;
    await source.refresh();
    const edit = edited.undo?.id;
    // One photo shows for itself what was done to it.
    if (photos.length === 1 || edit === undefined) return;
    notify(said(edited.changed), { undo: () => takeBack(edit) });

    async function takeBack(id: number): Promise<void> {
      await attempt(async () => {
        const { undo } = await core.labels.state({ project: where });
        if (undo?.id === id) await core.labels.undo({ project: where });
        else notify('More was done since then', { description: 'Undo those steps first, with Ctrl Z.' });
      });
    }
  }

  const on = () => ({ project: project.open });
  return {
    label: ({ id, name }: Pick<ClassView, 'id' | 'name'>) =>
      act(
        (photos) => core.labels.set({ ...on(), photos, class: id }),
        (changed) => `Labelled ${count(changed, 'photo')} "${name}"`,
      ),
    create: async (name: string) => {
      const made = await attempt(() => core.classes.add({ ...on(), name }));
      if (made === null) return;
      await act(
        (photos) => core.labels.set({ ...on(), photos, class: made.class.id }),
        (changed) => `Labelled ${count(changed, 'photo')} "${name}"`,
      );
    },
    clear: () =>
      act(
        (photos) => core.labels.set({ ...on(), photos, class: null }),
        (changed) => `Took the label from ${count(changed, 'photo')}`,
      ),
    flag: () => {
      const flagged = source.rowsOf().some((row) => !row.flagged);
      return act(
        (photos) => core.labels.flag({ ...on(), photos, flagged }),
        (changed) => `${flagged ? 'Flagged' : 'Took the flag from'} ${count(changed, 'photo')}`,
      );
    },
    exclude: () => {
      const excluded = source.rowsOf().some((row) => !row.excluded);
      return act(
        (photos) => core.labels.exclude({ ...on(), photos, excluded }),
        (changed) => `${excluded ? 'Excluded' : 'Took back'} ${count(changed, 'photo')}`,
      );
    },
    accept: () => {
      const pack = source.rowsOf().find(({ suggestion }) => suggestion !== null)?.suggestion?.pack;
      if (pack === undefined) return Promise.resolve();
      return act(
        (photos) => core.labels.accept({ ...on(), photos, pack }),
        (changed) => `Accepted what the model says of ${count(changed, 'photo')}`,
      );
    },
  };
}
