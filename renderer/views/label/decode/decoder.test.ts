import { describe, expect, it, vi } from 'vitest';
import { createDecoder } from './decoder.ts';
import type { DecodingWorker } from './decoder.ts';
import type { Decoded, Wish } from './messages.ts';

const box = { width: 900, height: 600 };
const size = { width: 3000, height: 2000 };

function worker() {
  const told: Wish[] = [];
  const hear: ((event: MessageEvent<Decoded>) => void)[] = [];
  const fail: (() => void)[] = [];
  function addEventListener(type: 'message', listener: (event: MessageEvent<Decoded>) => void): void;
  function addEventListener(type: 'error', listener: () => void): void;
  function addEventListener(
    ...[type, listener]: readonly ['message', (event: MessageEvent<Decoded>) => void] | readonly ['error', () => void]
  ): void {
    if (type === 'message') hear.push(listener);
    else fail.push(listener);
  }
  const terminate = vi.fn();
  const stand: DecodingWorker = { postMessage: (wish) => told.push(wish), addEventListener, terminate };
  return {
    stand,
    told,
    terminate,
    answer: (data: Decoded) => hear.forEach((listener) => listener(new MessageEvent('message', { data }))),
    breakOff: () => fail.forEach((listener) => listener()),
  };
}

function bitmap() {
  return { width: 900, height: 600, close: vi.fn() };
}

describe('the decoder', () => {
  it('gives each answer to whoever asked, in whichever order they come', async () => {
    const { stand, told, answer } = worker();
    const decoder = createDecoder(stand);
    const { signal } = new AbortController();
    const first = decoder.decode('/media/photo/1', box, signal);
    const second = decoder.decode('/media/photo/2', box, signal);
    expect(told).toMatchObject([
      { id: 1, address: '/media/photo/1', box },
      { id: 2, box },
    ]);
    const [one, two] = [bitmap(), bitmap()];
    answer({ id: 2, bitmap: two, size });
    answer({ id: 1, bitmap: one, size });
    expect((await first).bitmap).toBe(one);
    expect((await second).bitmap).toBe(two);
    expect(one.close).not.toHaveBeenCalled();
  });

  it('says why a photo could not be decoded', async () => {
    const { stand, answer } = worker();
    const decoding = createDecoder(stand).decode('/media/photo/1', box, new AbortController().signal);
    answer({ id: 1, problem: 'answered 404' });
    await expect(decoding).rejects.toThrow('answered 404');
  });

  it('calls off what nobody waits for any more, and lets go of what comes too late', async () => {
    const { stand, told, answer } = worker();
    const ending = new AbortController();
    const decoding = createDecoder(stand).decode('/media/photo/1', box, ending.signal);
    ending.abort();
    await expect(decoding).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(told.at(-1)).toEqual({ id: 1, forget: true });
    const late = bitmap();
    answer({ id: 1, bitmap: late, size });
    expect(late.close).toHaveBeenCalledOnce();
  });

  it('leaves nobody waiting when the worker breaks off or is ended', async () => {
    const { stand, breakOff, terminate } = worker();
    const decoder = createDecoder(stand);
    const { signal } = new AbortController();
    const first = decoder.decode('/media/photo/1', box, signal);
    breakOff();
    await expect(first).rejects.toThrow('broke off');
    const second = decoder.decode('/media/photo/2', box, signal);
    decoder.close();
    await expect(second).rejects.toThrow('Nobody looks');
    expect(terminate).toHaveBeenCalledOnce();
  });
});
