import { describe, expect, it } from 'vitest';
import type { HomeSources } from './home.ts';
import { resolveHome } from './home.ts';

const linux: HomeSources = { flag: undefined, env: {}, platform: 'linux', homedir: '/home/ada', cwd: '/data' };

describe('resolveHome', () => {
  it('takes --home before anything else, counted from where the command was called', () => {
    const env = { DTL_STUDIO_HOME: '/env', XDG_DATA_HOME: '/xdg' };
    expect(resolveHome({ ...linux, flag: '/flag', env })).toBe('/flag');
    expect(resolveHome({ ...linux, flag: 'here', env })).toBe('/data/here');
    expect(() => resolveHome({ ...linux, flag: '', env })).toThrow(
      expect.objectContaining({ code: 'profile.no-home' }),
    );
  });

  it('takes DTL_STUDIO_HOME next, unless it is empty', () => {
    expect(resolveHome({ ...linux, env: { DTL_STUDIO_HOME: '/env', XDG_DATA_HOME: '/xdg' } })).toBe('/env');
    expect(resolveHome({ ...linux, env: { DTL_STUDIO_HOME: '', XDG_DATA_HOME: '/xdg' } })).toBe('/xdg/dtl-studio');
  });

  it('follows the base directory specification on Linux', () => {
    expect(resolveHome(linux)).toBe('/home/ada/.local/share/dtl-studio');
    expect(resolveHome({ ...linux, env: { XDG_DATA_HOME: 'relative' } })).toBe('/home/ada/.local/share/dtl-studio');
  });

  it('uses the places of macOS and Windows', () => {
    expect(resolveHome({ ...linux, platform: 'darwin', homedir: '/Users/ada', env: { XDG_DATA_HOME: '/xdg' } })).toBe(
      '/Users/ada/Library/Application Support/dtl-studio',
    );
    const windows = { ...linux, platform: 'win32', homedir: 'C:\\Users\\ada', cwd: 'D:\\work' } as const;
    expect(resolveHome({ ...windows, env: { LOCALAPPDATA: 'C:\\Local' } })).toBe('C:\\Local\\dtl-studio');
    expect(resolveHome(windows)).toBe('C:\\Users\\ada\\AppData\\Local\\dtl-studio');
    expect(resolveHome({ ...windows, flag: 'p' })).toBe('D:\\work\\p');
  });

  it('asks for --home where the user has no home folder', () => {
    expect(() => resolveHome({ ...linux, homedir: '' })).toThrow(/--home/);
  });
});
