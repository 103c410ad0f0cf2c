import { expect, it, onTestFinished, vi } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import { createEventBus } from './event-bus.ts';
import type { Snapshot } from './snapshot.ts';
import { followSnapshot } from './snapshot.ts';

interface Value {
  readonly seq: number;
  readonly words: string;
}

/** A load that answers when the test says so. */
function slowLoad() {
  const answers: ((value: Value) => void)[] = [];
  return {
    load: () => new Promise<Value>((resolve) => answers.push(resolve)),
    asked: () => answers.length,
    async answer(seq: number, words: string) {
      answers.at(-1)?.({ seq, words });
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

function begin(more: Partial<Snapshot<Value>> = {}) {
  const bus = createEventBus();
  const source = slowLoad();
  const applied: string[] = [];
  const follow = followSnapshot<Value>(
    {
      load: source.load,
      seq: ({ seq }) => seq,
      apply: ({ words }) => applied.push(words),
      concerns: ({ type }) => type === 'projects',
      onError: () => undefined,
      ...more,
    },
    bus,
  );
  return { bus, source, applied, follow };
}

it('waits for the stream before it loads, so that nothing is missed in between', async () => {
  const { bus, source, applied } = begin();
  expect(source.asked()).toBe(0);
  bus.receive({ seq: 1, type: 'hello', session: 'a' });
  await source.answer(1, 'first');
  expect(applied).toEqual(['first']);
});

it('loads once more when an event came that the answer does not include', async () => {
  const { bus, source, applied } = begin();
  bus.receive({ seq: 1, type: 'hello', session: 'a' });
  bus.receive({ seq: 2, type: 'projects' });
  bus.receive({ seq: 3, type: 'projects' });
  await source.answer(1, 'old');
  expect(source.asked()).toBe(2);
  await source.answer(3, 'new');
  expect(source.asked()).toBe(2);
  expect(applied).toEqual(['old', 'new']);
});

it('does not load again for an event that the answer includes', async () => {
  const { bus, source } = begin();
  bus.receive({ seq: 1, type: 'hello', session: 'a' });
  bus.receive({ seq: 2, type: 'projects' });
  await source.answer(2, 'includes it');
  expect(source.asked()).toBe(1);
});

it('leaves events alone that do not concern it', async () => {
  const { bus, source } = begin();
  bus.receive({ seq: 1, type: 'hello', session: 'a' });
  await source.answer(1, 'first');
  bus.receive({ seq: 2, type: 'packs' });
  expect(source.asked()).toBe(1);
});

it('drops an answer to a question that is not asked any more', async () => {
  const { bus, source, applied, follow } = begin();
  bus.receive({ seq: 1, type: 'hello', session: 'a' });
  follow.again();
  await source.answer(1, 'of the project before');
  await source.answer(1, 'of this project');
  expect(applied).toEqual(['of this project']);
});

it('says what went wrong, and loads again at the next event', async () => {
  const onError = vi.fn();
  let broken = true;
  const { bus, applied } = begin({
    onError,
    load: async () => {
      if (broken) throw new AppError('projects.gone', 'The project is gone.');
      return { seq: 2, words: 'back' };
    },
  });
  bus.receive({ seq: 1, type: 'hello', session: 'a' });
  await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce());
  broken = false;
  bus.receive({ seq: 2, type: 'projects' });
  await vi.waitFor(() => expect(applied).toEqual(['back']));
});

it('loads behind a single event that can wait, and only in a pause of many, but not never', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const load = vi.fn(() => Promise.resolve({ seq: 0, words: '' }));
  const { bus } = begin({ load, seq: () => 1, canWait: () => true });
  const loadsAfter = async (milliseconds: number): Promise<number> => {
    await vi.advanceTimersByTimeAsync(milliseconds);
    return load.mock.calls.length;
  };
  let seq = 1;
  const many = async (events: number): Promise<void> => {
    for (let i = 0; i < events; i++) {
      bus.receive({ seq: ++seq, type: 'projects' });
      await vi.advanceTimersByTimeAsync(500);
    }
  };
  bus.receive({ seq, type: 'hello', session: 'a' });
  expect(await loadsAfter(0)).toBe(1);
  bus.receive({ seq: ++seq, type: 'projects' });
  expect(await loadsAfter(0)).toBe(1);
  expect(await loadsAfter(100)).toBe(2);
  await many(10);
  expect(load).toHaveBeenCalledTimes(2);
  expect(await loadsAfter(500)).toBe(3);
  await many(21);
  expect(load).toHaveBeenCalledTimes(4);
});
