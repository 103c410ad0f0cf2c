/**
 * Choosing a folder or file on the machine where the core runs: the system's dialog in the desktop app, else a picker of
 * our own (`components/FolderPicker.vue`, which the frame shows while `pickRequest` is set).
 *
 *   const folder = await pickFolder('Choose a folder of photos');   // null: the person changed their mind
 */
import { shallowRef } from 'vue';

export interface PickRequest {
  readonly title: string;
  readonly show: 'folders' | 'backbones' | 'archives';
  answer(path: string | null): void;
}

export const pickRequest = shallowRef<PickRequest | null>(null);
/** Hands the answer over. */
let settle: (() => void) | null = null;

export function pickFolder(title: string): Promise<string | null> {
  return window.dtl === undefined ? ask(title, 'folders') : window.dtl.pickFolder();
}

export function pickBackbone(title: string): Promise<string | null> {
  return window.dtl === undefined ? ask(title, 'backbones') : window.dtl.pickFile('backbone');
}

export function pickArchive(title: string): Promise<string | null> {
  return window.dtl === undefined ? ask(title, 'archives') : window.dtl.pickFile('archive');
}

/** Where a dropped or chosen file lies, null where the page may not know. */
export function pathOf(file: File): string | null {
  return window.dtl?.pathOf(file) ?? null;
}

/** The picker is out of sight: while it goes, it still holds the focus, which what comes next would lose. */
export function pickerLeft(): void {
  settle?.();
  settle = null;
}

function ask(title: string, show: PickRequest['show']): Promise<string | null> {
  pickRequest.value?.answer(null);
  pickerLeft();
  return new Promise((resolve) => {
    pickRequest.value = {
      title,
      show,
      answer(path) {
        pickRequest.value = null;
        settle = () => resolve(path);
      },
    };
  });
}
