import { beforeEach, describe, expect, it, vi } from 'vitest';
import { channels } from './channels.ts';
import { answerPreload } from './ipc.ts';
import { BrowserWindow, clipboard, dialog, ipcMain, resetElectron } from './testing/electron.ts';

vi.mock('electron', () => import('./testing/electron.ts'));

const connected: unknown[] = [];
let window: BrowserWindow;

beforeEach(() => {
  resetElectron();
  connected.length = 0;
  window = new BrowserWindow({});
  answerPreload((contents) => connected.push(contents));
});

const fromPage = (): object => ({ sender: window.webContents, senderFrame: window.webContents.mainFrame });
const call = async (channel: string, event: object, ...values: unknown[]): Promise<unknown> =>
  ipcMain.handlers.get(channel)!(event, ...values);

describe('the page', () => {
  it('gets the folder or file that was chosen, and null when none was', async () => {
    dialog.answer = { canceled: false, filePaths: ['/photos'] };
    expect(await call(channels.pickFolder, fromPage())).toBe('/photos');
    expect(await call(channels.pickFile, fromPage(), 'pack')).toBe('/photos');
    dialog.answer = { canceled: true, filePaths: [] };
    expect(await call(channels.pickFile, fromPage(), 'backbone')).toBeNull();
    expect(dialog.asked).toMatchObject([
      { properties: ['openDirectory'] },
      { properties: ['openFile'], filters: [{ extensions: ['safetensors'] }] },
      { properties: ['openFile'] },
    ]);
  });

  it('cannot ask for another kind of file', async () => {
    await expect(call(channels.pickFile, fromPage(), 'password')).rejects.toThrow();
    expect(dialog.asked).toEqual([]);
  });

  it('puts text on the clipboard, and nothing that is none', async () => {
    await call(channels.copyText, fromPage(), 'lr 0.001');
    await expect(call(channels.copyText, fromPage(), { html: 'x' })).rejects.toThrow();
    expect(clipboard.text).toBe('lr 0.001');
  });

  it('gets a way to the core', () => {
    ipcMain.emit(channels.connect, fromPage());
    expect(connected).toEqual([window.webContents]);
  });
});

describe('anything else', () => {
  it.each([
    ['a frame inside the page', () => ({ sender: window.webContents, senderFrame: { url: 'dtl://app/' } })],
    ['a frame that is gone', () => ({ sender: window.webContents, senderFrame: null })],
    [
      'a page from elsewhere',
      () => {
        window.webContents.mainFrame.url = 'https://example.org/';
        return fromPage();
      },
    ],
  ])('is not answered: %s', async (_what, event) => {
    await expect(call(channels.pickFolder, event())).rejects.toThrow(/own page/);
    await expect(call(channels.copyText, event(), 'x')).rejects.toThrow(/own page/);
    ipcMain.emit(channels.connect, event());
    expect(dialog.asked).toEqual([]);
    expect(connected).toEqual([]);
  });
});
