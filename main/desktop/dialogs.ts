/** The system's own dialogs. */
import { dialog } from 'electron';
import type { OpenDialogOptions } from 'electron';
import type { PickedKind } from '#app/contract/host.ts';

const files: Readonly<Record<PickedKind, OpenDialogOptions>> = {
  backbone: {
    title: 'Choose a backbone',
    properties: ['openFile'],
    filters: [{ name: 'Backbone weights', extensions: ['safetensors', 'npz'] }],
  },
  archive: {
    title: 'Choose the archive of a project',
    properties: ['openFile'],
    filters: [{ name: 'Archives of projects', extensions: ['dtlproject'] }],
  },
  pack: {
    title: 'Choose an adapter pack',
    properties: ['openFile'],
    filters: [{ name: 'Adapter packs', extensions: ['safetensors'] }],
  },
};

export function pickFolder(window: Electron.BrowserWindow): Promise<string | null> {
  return pick(window, { title: 'Choose a folder of photos', properties: ['openDirectory'] });
}

export function pickFile(window: Electron.BrowserWindow, kind: PickedKind): Promise<string | null> {
  return pick(window, files[kind]);
}

async function pick(window: Electron.BrowserWindow, options: OpenDialogOptions): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, options);
  return canceled ? null : (filePaths[0] ?? null);
}
