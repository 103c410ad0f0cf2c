import { describe, expect, it, vi } from 'vitest';
import type { MenuItemConstructorOptions } from 'electron';
import { menuCommands } from '#app/contract/host.ts';
import { Menu } from './testing/electron.ts';
import { menuTemplate, setMenu } from './menus.ts';

vi.mock('electron', () => import('./testing/electron.ts'));

type Item = MenuItemConstructorOptions;

function leaves(items: readonly Item[]): Item[] {
  return items.flatMap((item) => (Array.isArray(item.submenu) ? leaves(item.submenu) : [item]));
}

describe('the menu', () => {
  it('can ask the page for everything that it knows by name, once', () => {
    const sent: string[] = [];
    setMenu({ platform: 'linux', send: (command) => sent.push(command) });
    for (const item of leaves(Menu.items as unknown as Item[])) (item.click as (() => void) | undefined)?.();
    expect(sent.sort()).toEqual([...menuCommands].sort());
  });

  it.each([
    ['linux', 'quit'],
    ['win32', 'quit'],
    ['darwin', 'close'],
  ] as const)('has the standard parts on %s', (platform, last) => {
    const items = menuTemplate({ platform, send: () => undefined });
    const roles = leaves(items).flatMap(({ role }) => role ?? []);
    expect(roles).toEqual(expect.arrayContaining(['cut', 'copy', 'paste', 'selectAll', 'togglefullscreen', last]));
    expect(items.some(({ role }) => role === 'appMenu')).toBe(platform === 'darwin');
  });

  it('shows the page’s own keys and leaves them to the page', () => {
    const withKeys = leaves(menuTemplate({ platform: 'linux', send: () => undefined })).filter(
      ({ accelerator }) => accelerator !== undefined,
    );
    expect(withKeys.length).toBeGreaterThan(2);
    for (const item of withKeys) expect(item.registerAccelerator, item.label).toBe(false);
  });
});
