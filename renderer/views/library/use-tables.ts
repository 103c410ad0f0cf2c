/** Folders and tables that come into the project or go out of it. */
import { shallowRef } from 'vue';
import { count } from '#app/domain/count.ts';
import type { FolderOffer } from '#app/contract/library.ts';
import type { AppError } from '#app/domain/errors.ts';
import { core } from '../../bridge/client.ts';
import { downloadText } from '../../bridge/download.ts';
import { pathOf, pickFolder } from '../../bridge/pick.ts';
import { toAppError } from '../../bridge/to-app-error.ts';
import { upload } from '../../bridge/upload.ts';
import { useNotices } from '../../composables/notices.ts';
import { useEdits } from '../../stores/edits.ts';
import { useProject } from '../../stores/project.ts';

const TABLE = /\.(csv|jsonl)$/i;

/** `chooseTable`: asks the person for a table. */
export function useTables(chooseTable: () => unknown) {
  const project = useProject();
  const edits = useEdits();
  const { notify, attempt } = useNotices();
  const offer = shallowRef<FolderOffer | null>(null);
  const error = shallowRef<AppError | null>(null);
  /** Of what failed. */
  let again: () => unknown = () => undefined;

  async function trying(work: () => Promise<void>, retry: () => unknown): Promise<void> {
    error.value = null;
    try {
      await work();
    } catch (thrown) {
      error.value = toAppError(thrown);
      again = retry;
    }
  }

  async function look(folder: string): Promise<void> {
    const ask = async (): Promise<void> => {
      offer.value = await core.library.offer({ folder });
    };
    await trying(ask, () => look(folder));
  }

  async function chooseFolder(): Promise<void> {
    const folder = await pickFolder('Choose a folder of photos');
    if (folder !== null) await look(folder);
  }

  async function importTable(file: File): Promise<void> {
    const take = async (): Promise<void> => {
      const handed = await upload(file);
      const { matched, changed, notes } = await edits.act(
        project.open,
        core.labels.importTable({ project: project.open, upload: handed, fileName: file.name }),
      );
      notify(`${count(changed, 'label')} taken from ${file.name}`, {
        description: [`${count(matched, 'row')} matched a photo.`, ...notes].join(' '),
      });
    };
    // A file that was mended meanwhile may be read only after it was chosen anew.
    await trying(take, chooseTable);
  }

  return {
    offer,
    error,
    again: (): unknown => again(),
    dismiss: (): void => {
      error.value = null;
    },
    chooseFolder,
    /** Known folders are imported again, one after the other. */
    lookAgain: async (): Promise<void> => {
      const folders = await attempt(() => core.library.folders({ project: project.open }));
      for (const { path, there } of folders ?? []) {
        if (there) await attempt(() => core.library.import({ project: project.open, folder: path, labels: [] }));
      }
      notify('Looking into the folders again', { description: 'The tasks at the lower edge show how far it is.' });
    },
    saveLabels: async (): Promise<void> => {
      const text = await attempt(() => core.labels.csv({ project: project.open }));
      if (text !== null) downloadText('labels.csv', text);
    },
    saveHistory: async (): Promise<void> => {
      const text = await attempt(() => core.labels.history({ project: project.open }));
      if (text !== null) downloadText('label-history.csv', text);
    },
    checkHistory: async (): Promise<void> => {
      const check = await attempt(() => core.labels.check({ project: project.open }));
      if (check === null) return;
      const { events, sentences } = check;
      if (sentences.length === 0) {
        notify('The label history is as it was made', {
          description: `${count(events, 'change')} compared with their seals; every label is what its last change says.`,
        });
      } else {
        const [first = '', ...others] = sentences;
        const more =
          others.length === 0 ? '' : ` And ${count(others.length, 'more thing')}: "dtl labels verify" lists them.`;
        notify('The label history is not as it was made', {
          description: `${first}${more} A backup from before shows what was.`,
        });
      }
    },
    /** A table of labels, or in the desktop app a folder. */
    dropped: async (files: FileList | null | undefined): Promise<void> => {
      for (const file of files ?? []) {
        const path = pathOf(file);
        if (TABLE.test(file.name)) await importTable(file);
        else if (path !== null) await look(path);
        else {
          notify('This cannot be dropped here', {
            description: 'In a browser, choose folders with "Import a folder". Tables of labels end in .csv or .jsonl.',
          });
        }
      }
    },
  };
}
