import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { DesktopHost } from '#app/contract/host.ts';
import { PORT_MESSAGE } from '#app/contract/host.ts';
import { channels } from '../channels.ts';
import { contextBridge, ipcRenderer } from '../testing/electron.ts';

vi.mock('electron', () => import('../testing/electron.ts'));

const posted: unknown[][] = [];
let dtl: DesktopHost;

beforeAll(async () => {
  vi.stubGlobal('window', {
    location: { origin: 'dtl://app' },
    postMessage: (...message: unknown[]) => posted.push(message),
  });
  await import('./preload.ts');
  dtl = contextBridge.exposed['dtl'] as DesktopHost;
});

describe('the preload', () => {
  it('exposes exactly its verbs, under one name', () => {
    expect(Object.keys(contextBridge.exposed)).toEqual(['dtl']);
    expect(Object.keys(dtl).sort()).toEqual(
      ['connect', 'copyText', 'host', 'onCommand', 'onCore', 'pathOf', 'pickFile', 'pickFolder'].sort(),
    );
    expect(dtl.host).toBe('desktop');
  });

  it('asks the shell on fixed channels', async () => {
    expect(await dtl.pickFolder()).toBe('/chosen');
    expect(await dtl.pickFile('pack')).toBe('/chosen');
    await dtl.copyText('facts');
    dtl.connect();
    expect(ipcRenderer.invoked).toEqual([
      [channels.pickFolder],
      [channels.pickFile, 'pack'],
      [channels.copyText, 'facts'],
    ]);
    expect(ipcRenderer.sent).toEqual([[channels.connect]]);
  });

  it('passes on values, never Electron’s event, until nobody listens any more', () => {
    const commands: unknown[][] = [];
    const end = dtl.onCommand((...values: unknown[]) => commands.push(values));
    const states: unknown[][] = [];
    dtl.onCore((...values: unknown[]) => states.push(values));
    ipcRenderer.emit(channels.command, { sender: 'secret' }, 'undo');
    end();
    ipcRenderer.emit(channels.command, { sender: 'secret' }, 'redo');
    ipcRenderer.emit(channels.core, { sender: 'secret' }, { state: 'ready', message: '' });
    expect(commands).toEqual([['undo']]);
    expect(states).toEqual([[{ state: 'ready', message: '' }]]);
  });

  it('hands the core’s port to its own page only', () => {
    const port = {};
    ipcRenderer.emit(channels.port, { ports: [port] }, null);
    expect(posted).toEqual([[PORT_MESSAGE, 'dtl://app', [port]]]);
  });

  it('tells where a dropped file lies, and nothing of what is none', () => {
    expect(dtl.pathOf(new File([], 'pack.safetensors'))).toBe('/d/pack.safetensors');
    expect(dtl.pathOf(new File([], ''))).toBeNull();
    expect(dtl.pathOf({ name: 'invented' })).toBeNull();
  });
});
