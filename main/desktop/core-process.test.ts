import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CoreState } from '#app/contract/host.ts';
import type { PlainError } from '#app/domain/errors.ts';
import { channels } from './channels.ts';
import { CoreProcess } from './core-process.ts';
import { FakeUtilityProcess, FakeWebContents, asContents, resetElectron } from './testing/electron.ts';
import type { FakePort } from './testing/ports.ts';

vi.mock('electron', () => import('./testing/electron.ts'));

let core: CoreProcess;
let now = 0;
let states: CoreState[];
let failures: PlainError[];
let themes: string[];
let waiting: AbortController;

beforeEach(() => {
  resetElectron();
  now = 0;
  states = [];
  failures = [];
  themes = [];
  waiting = new AbortController();
  core = new CoreProcess({
    home: '/profile',
    coreEntry: '/app/core.js',
    engineEntry: '/app/engine.js',
    now: () => now,
    onState: (state) => states.push(state),
    onTheme: (theme) => themes.push(theme),
    onStartFailed: (error) => failures.push(error),
  });
  core.start();
});

const running = (): FakeUtilityProcess =>
  FakeUtilityProcess.all.filter(({ entry }) => entry === '/app/core.js').at(-1)!;
const engines = (): FakeUtilityProcess[] => FakeUtilityProcess.all.filter(({ entry }) => entry === '/app/engine.js');
const told = (type: string): FakeUtilityProcess['messages'][number][] =>
  running().messages.filter(({ data }) => (data as { type: string }).type === type);
const page = (): FakeWebContents => new FakeWebContents();

describe('the core’s process', () => {
  it('is told first where the profile lies', () => {
    expect(running().messages[0]).toEqual({ data: { type: 'start', home: '/profile', restore: null }, ports: [] });
    expect(running().options).toMatchObject({ serviceName: 'DTL Studio core' });
  });

  it('and a window get the two ends of one channel, once it is ready', () => {
    const contents = page();
    core.connect(asContents(contents));
    expect(contents.posted).toEqual([]);
    running().say({ type: 'ready' });
    expect(states).toEqual([{ state: 'ready', message: '' }]);
    const [windowEnd] = contents.posted[0]!.ports as FakePort[];
    const [coreEnd] = told('connect')[0]!.ports as FakePort[];
    expect(contents.posted[0]!.channel).toBe(channels.port);
    expect(windowEnd!.peer).toBe(coreEnd);
  });

  it('gives a reloaded page a new port, and one that is gone none', () => {
    running().say({ type: 'ready' });
    const contents = page();
    core.connect(asContents(contents));
    core.connect(asContents(contents));
    expect(contents.posted).toHaveLength(2);
    contents.emit('destroyed');
    running().die(1);
    running().say({ type: 'ready' });
    expect(contents.posted).toHaveLength(2);
  });

  it('answers by number, whatever comes first', async () => {
    running().say({ type: 'ready' });
    const first = core.media('/media/thumb/1', waiting.signal);
    const second = core.upload(new Uint8Array(3));
    const [one, two] = [...told('media'), ...told('upload')].map(({ data }) => (data as { id: number }).id);
    running().say({ type: 'answer', answer: { id: two, status: 201, headers: {}, body: null } });
    running().say({ type: 'answer', answer: { id: one, status: 200, headers: {}, body: { file: '/p.jpg' } } });
    expect(await second).toMatchObject({ status: 201 });
    expect(await first).toMatchObject({ status: 200, body: { file: '/p.jpg' } });
  });

  it('that is not there answers 503 at once instead of never', async () => {
    expect(await core.media('/media/thumb/1', waiting.signal)).toMatchObject({ status: 503 });
    running().say({ type: 'ready' });
    const answer = core.media('/media/thumb/1', waiting.signal);
    running().die(1);
    expect(await answer).toMatchObject({ status: 503 });
  });

  it('is told of a picture that nobody waits for any more, once', async () => {
    running().say({ type: 'ready' });
    const answer = core.media('/media/thumb/1', waiting.signal);
    const { id } = told('media')[0]!.data as { id: number };
    waiting.abort();
    expect(await answer).toMatchObject({ status: 503 });
    expect(told('drop').map(({ data }) => data)).toEqual([{ type: 'drop', id }]);
    running().say({ type: 'answer', answer: { id, status: 200, headers: {}, body: null } });
    expect(await core.media('/media/thumb/1', waiting.signal)).toMatchObject({ status: 503 });
    expect(told('drop')).toHaveLength(1);
    expect(told('media')).toHaveLength(1);
  });

  it('passes over words that are not understood', () => {
    running().say({ type: 'ready', extra: 1 });
    running().say({ type: 'fork-engine', engine: '../../bin/sh' });
    running().say('fork-engine');
    running().say({ type: 'theme', theme: 'dark' });
    expect(engines()).toEqual([]);
    expect(themes).toEqual(['dark']);
  });
});

describe('an engine', () => {
  beforeEach(() => {
    running().say({ type: 'ready' });
    running().say({ type: 'fork-engine', engine: 7 });
  });

  it('is forked when the core asks, and has a line to the core that the shell is no part of', () => {
    const [engine] = engines();
    const started = told('engine-started')[0]!;
    expect(started.data).toEqual({ type: 'engine-started', engine: 7 });
    expect((engine!.messages[0]!.ports[0] as FakePort).peer).toBe(started.ports[0]);
  });

  it('that ends is told of with its last words', () => {
    engines()[0]!.stderr.emit('data', Buffer.from('out of memory\n'));
    engines()[0]!.die(134);
    expect(told('engine-ended')[0]!.data).toEqual({
      type: 'engine-ended',
      engine: 7,
      code: 134,
      words: 'out of memory',
    });
  });

  it('is killed when the core asks, and no other one', () => {
    running().say({ type: 'fork-engine', engine: 8 });
    running().say({ type: 'kill-engine', engine: 8 });
    running().say({ type: 'kill-engine', engine: 99 });
    expect(engines().map(({ killed }) => killed)).toEqual([false, true]);
  });

  it('does not outlive its core', () => {
    running().die(1);
    expect(engines()[0]!.killed).toBe(true);
  });
});

describe('a core that dies', () => {
  it('is started again, with words for the person and new ports for the windows', () => {
    const contents = page();
    running().say({ type: 'ready' });
    core.connect(asContents(contents));
    running().die(139);
    expect(states.at(-1)).toMatchObject({ state: 'restarting', message: expect.stringMatching(/kept/) as string });
    expect(FakeUtilityProcess.all).toHaveLength(2);
    running().say({ type: 'ready' });
    expect(contents.posted).toHaveLength(2);
    expect(failures).toEqual([]);
  });

  it('again and again is given up, but not when that takes days', () => {
    running().say({ type: 'ready' });
    for (let death = 0; death < 10; death++) {
      now += 61_000;
      running().die(1);
      running().say({ type: 'ready' });
    }
    expect(states.at(-1)!.state).toBe('ready');
    for (let death = 0; death < 4; death++) {
      now += 1000;
      running().die(1);
    }
    expect(states.at(-1)!.state).toBe('stopped');
    expect(states.filter(({ state }) => state === 'stopped')).toHaveLength(1);
  });

  it('before it was ever ready is a failed start', () => {
    running().die(1);
    expect(failures).toMatchObject([{ code: 'core.died', message: expect.stringMatching(/code 1/) as string }]);
    expect(FakeUtilityProcess.all).toHaveLength(1);
  });

  it('with a reason gives that reason, once', () => {
    const error = { code: 'profile.locked', kind: 'expected', message: 'In use.', data: {} };
    running().say({ type: 'failed', error, backup: null });
    running().die(1);
    expect(failures).toEqual([error]);
  });

  it('and refuses to come back tells the window why', () => {
    running().say({ type: 'ready' });
    running().die(1);
    running().say({
      type: 'failed',
      error: { code: 'store.damaged', kind: 'expected', message: 'Damaged.', data: {} },
      backup: null,
    });
    running().die(1);
    expect(states.at(-1)).toEqual({ state: 'stopped', message: 'Damaged.' });
    expect(failures).toEqual([]);
  });
});

describe('the end', () => {
  it('waits for the core to put things away', async () => {
    running().say({ type: 'ready' });
    const closed = core.close(10_000);
    expect(told('close')).toHaveLength(1);
    running().say({ type: 'closed' });
    running().die(0);
    await closed;
    expect(running().killed).toBe(false);
    expect(states.map(({ state }) => state)).toEqual(['ready']);
  });

  it('is not held up by a core that hangs, and leaves no engine', async () => {
    running().say({ type: 'ready' });
    running().say({ type: 'fork-engine', engine: 1 });
    await core.close(20);
    expect(running().killed).toBe(true);
    expect(engines()[0]!.killed).toBe(true);
  });

  it('needs no core', async () => {
    running().die(1);
    await expect(core.close(10_000)).resolves.toBeUndefined();
  });
});
