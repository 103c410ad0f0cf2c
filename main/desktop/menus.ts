/** The native menu. What concerns the program's content is sent to the page by name; the page knows how to do it. */
import { Menu } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuCommand } from '#app/contract/host.ts';

export interface MenuHost {
  readonly platform: NodeJS.Platform;
  readonly send: (command: MenuCommand) => void;
}

export function setMenu(host: MenuHost): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(host)));
}

export function menuTemplate({ platform, send }: MenuHost): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const command = (label: string, name: MenuCommand, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => send(name),
    // The page has these keys already and people may change them there: the menu shows them, it does not take them.
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
  });
  return [
    ...(mac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    {
      label: '&File',
      submenu: [
        command('Open folder…', 'open-folder'),
        command('Open archive…', 'open-archive'),
        command('Archive project…', 'archive-project'),
        separator,
        command('Import pack…', 'import-pack'),
        command('Import backbone…', 'import-backbone'),
        separator,
        command('Settings', 'settings'),
        separator,
        { role: mac ? 'close' : 'quit' },
      ],
    },
    {
      label: '&Edit',
      submenu: [
        command('Undo', 'undo', 'CmdOrCtrl+Z'),
        command('Redo', 'redo', 'CmdOrCtrl+Shift+Z'),
        separator,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: '&View',
      submenu: [
        command('Library', 'go-library'),
        command('Label', 'go-label'),
        command('Train', 'go-train'),
        command('Runs', 'go-runs'),
        command('Packs', 'go-packs'),
        separator,
        command('Command palette', 'palette', 'CmdOrCtrl+K'),
        command('Inspector', 'inspector'),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
      ],
    },
    {
      label: '&Help',
      role: 'help',
      submenu: [
        command('Keyboard shortcuts', 'shortcuts'),
        { role: 'reload' },
        { role: 'toggleDevTools' },
        separator,
        command('About DTL Studio', 'about'),
      ],
    },
  ];
}
