/** Packs and tables that the page offers are saved where the person says; nothing else is. */
import type { Session } from 'electron';
import { SCHEME, isOwn } from './address.ts';

export function askWhereToSave(session: Session): void {
  session.on('will-download', (event, item) => {
    const url = item.getURL();
    if (!isOwn(url) && !url.startsWith(`blob:${SCHEME}://`)) {
      event.preventDefault();
      return;
    }
    item.setSaveDialogOptions({
      defaultPath: item.getFilename(),
      properties: ['createDirectory', 'showOverwriteConfirmation'],
    });
  });
}
