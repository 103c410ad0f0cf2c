/** What the preload may ask of the shell. Only the page itself is answered, and only in words that are known. */
import { BrowserWindow, clipboard, ipcMain } from 'electron';
import type { IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron';
import { z } from 'zod';
import { isPage } from './address.ts';
import { channels } from './channels.ts';
import { pickFile, pickFolder } from './dialogs.ts';

const pickedKind = z.enum(['backbone', 'pack', 'archive']);
const copied = z.string().max(1_000_000);

/** `connect` gives the page a port to the core. */
export function answerPreload(connect: (contents: WebContents) => void): void {
  ipcMain.handle(channels.pickFolder, (event) => pickFolder(windowOf(event)));
  ipcMain.handle(channels.pickFile, (event, kind: unknown) => pickFile(windowOf(event), pickedKind.parse(kind)));
  ipcMain.handle(channels.copyText, (event, text: unknown) => {
    windowOf(event);
    return clipboard.writeText(copied.parse(text));
  });
  ipcMain.on(channels.connect, (event) => {
    if (isFromPage(event)) connect(event.sender);
  });
}

function windowOf(event: IpcMainInvokeEvent): Electron.BrowserWindow {
  const window = isFromPage(event) ? BrowserWindow.fromWebContents(event.sender) : null;
  if (window === null) throw new Error('Only the program’s own page is answered.');
  return window;
}

function isFromPage({ sender, senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isPage(senderFrame.url);
}
