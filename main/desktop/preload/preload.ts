/**
 * Runs beside the page, sandboxed, and gives it verbs. No channel name, event or Electron object gets through: a page that
 * was taken over could ask for a folder, which shows a dialog, and for what the page can do anyway.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { CoreState, DesktopHost, MenuCommand } from '#app/contract/host.ts';
import { PORT_MESSAGE } from '#app/contract/host.ts';
import { channels } from '../channels.ts';

const dtl: DesktopHost = {
  host: 'desktop',
  pickFolder: () => ipcRenderer.invoke(channels.pickFolder),
  pickFile: (kind) => ipcRenderer.invoke(channels.pickFile, kind),
  pathOf: (file) => {
    const path = file instanceof File ? webUtils.getPathForFile(file) : '';
    return path === '' ? null : path;
  },
  copyText: (text) => ipcRenderer.invoke(channels.copyText, text),
  onCommand: (listener) => listen(channels.command, (_event, command: MenuCommand) => listener(command)),
  onCore: (listener) => listen(channels.core, (_event, state: CoreState) => listener(state)),
  connect: () => ipcRenderer.send(channels.connect),
};

function listen(channel: string, forward: Parameters<typeof ipcRenderer.on>[1]): () => void {
  ipcRenderer.on(channel, forward);
  return () => void ipcRenderer.off(channel, forward);
}

// A port cannot cross the bridge; between the two worlds of one window it can.
ipcRenderer.on(channels.port, ({ ports }) => {
  window.postMessage(PORT_MESSAGE, window.location.origin, [...ports]);
});

contextBridge.exposeInMainWorld('dtl', dtl);
