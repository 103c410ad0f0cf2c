import { describe, expect, it, vi } from 'vitest';
import type { ToShell } from '#app/contract/shell.ts';
import type { ProcessPort } from '../engine/parent-port.ts';
import { brokeredEngine } from './brokered-engine.ts';

/** The core's end of a line; the test plays the engine at the other end. */
class Line implements ProcessPort {
  readonly sent: unknown[] = [];
  started = false;
  closed = false;
  #hear: (event: { readonly data: unknown }) => void = () => undefined;

  on(event: 'message' | 'close', listener: (event: { readonly data: unknown }) => void): void {
    if (event === 'message') this.#hear = listener;
  }
  postMessage(message: unknown): void {
    this.sent.push(message);
  }
  start(): void {
    this.started = true;
  }
  close(): void {
    this.closed = true;
  }
  say(data: unknown): void {
    this.#hear({ data });
  }
}

const doctor = { kind: 'doctor', runtime: 'onnxruntime-node 1', providers: [], rssBytes: 1 } as const;

function open(): { engine: ReturnType<typeof brokeredEngine>; told: ToShell[] } {
  const told: ToShell[] = [];
  return { engine: brokeredEngine((message) => told.push(message)), told };
}

describe('an engine that the shell forks', () => {
  it('gets its job when the line is there, and is let go when it has answered', async () => {
    const { engine, told } = open();
    const line = new Line();
    const result = engine.run({ kind: 'doctor' });
    expect(told).toEqual([{ type: 'fork-engine', engine: 1 }]);
    engine.started(1, line);
    expect(line.started).toBe(true);
    expect(line.sent).toEqual([{ type: 'start', job: { kind: 'doctor' } }]);
    line.say({ type: 'result', result: doctor });
    expect(await result).toEqual(doctor);
    expect(line.closed).toBe(true);
    engine.ended(1, 0, '');
    expect(told).toHaveLength(1);
  });

  it('hears of events and is asked to stop, each on its own line', async () => {
    const { engine } = open();
    const [first, second] = [new Line(), new Line()];
    const stop = new AbortController();
    const events = vi.fn();
    const one = engine.run({ kind: 'doctor' }, { signal: stop.signal });
    const two = engine.run({ kind: 'doctor' }, { onEvent: events });
    engine.started(1, first);
    engine.started(2, second);
    stop.abort();
    expect(first.sent.at(-1)).toEqual({ type: 'stop' });
    expect(second.sent).toHaveLength(1);
    const event = { type: 'checkpoint', epoch: 1, step: 2 };
    second.say({ type: 'event', event });
    expect(events).toHaveBeenCalledExactlyOnceWith(event);
    first.say({ type: 'result', result: doctor });
    second.say({ type: 'result', result: doctor });
    await Promise.all([one, two]);
  });

  it('that is stopped before its line is there still hears of it, after its job', async () => {
    const { engine } = open();
    const line = new Line();
    const stop = new AbortController();
    const result = engine.run({ kind: 'doctor' }, { signal: stop.signal });
    stop.abort();
    engine.started(1, line);
    expect(line.sent.map((request) => (request as { type: string }).type)).toEqual(['start', 'stop']);
    line.say({ type: 'result', result: doctor });
    await result;
  });

  it.each([
    [137, { exitCode: null, signal: 'SIGKILL' }],
    [9, { exitCode: null, signal: 'SIGKILL' }],
    [1, { exitCode: 1, signal: null }],
    [null, { exitCode: null, signal: null }],
  ])('that ends with %s ends its job alone, with its last words', async (code, data) => {
    const { engine } = open();
    const dying = engine.run({ kind: 'doctor' });
    const living = engine.run({ kind: 'doctor' });
    const line = new Line();
    engine.started(2, line);
    engine.ended(1, code, 'the last words');
    await expect(dying).rejects.toMatchObject({ code: 'engine.died', data: { ...data, stderr: 'the last words' } });
    line.say({ type: 'result', result: doctor });
    expect(await living).toEqual(doctor);
  });

  it('that talks nonsense is killed by the shell', async () => {
    const { engine, told } = open();
    const line = new Line();
    const result = engine.run({ kind: 'doctor' });
    engine.started(1, line);
    line.say({ type: 'result', result: { kind: 'doctor' } });
    await expect(result).rejects.toMatchObject({ code: 'engine.protocol' });
    expect(told.at(-1)).toEqual({ type: 'kill-engine', engine: 1 });
  });

  it('is not asked for at all by a job that was cancelled before', async () => {
    const { engine, told } = open();
    await expect(engine.run({ kind: 'doctor' }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect(told).toEqual([]);
  });
});
