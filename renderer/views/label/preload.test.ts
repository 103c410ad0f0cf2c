import { describe, expect, it } from 'vitest';
import { choose, createPreloader } from './preload.ts';
import type { Picture } from './preload.ts';

interface Fake extends Picture {
  readonly finish: () => void;
  readonly fail: () => void;
}

function fakes() {
  const made: Fake[] = [];
  const create = (): Fake => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const fake: Fake = {
      src: '',
      decode: () => promise,
      finish: () => resolve(undefined),
      fail: () => reject(new Error('no picture')),
    };
    made.push(fake);
    return fake;
  };
  return { made, create };
}

describe('which photos are loaded ahead', () => {
  it('takes all neighbours of usual size', () => {
    const wanted = ['a', 'b', 'c'].map((address) => ({ address, pixels: 6e6 }));
    expect(choose(wanted)).toEqual(['a', 'b', 'c']);
  });

  it('stops before the memory for decoded pixels runs out', () => {
    const wanted = ['a', 'b', 'c', 'd'].map((address) => ({ address, pixels: 30e6 }));
    expect(choose(wanted)).toEqual(['a', 'b']);
  });

  it('loads the current photo however large it is', () => {
    expect(
      choose([
        { address: 'scan', pixels: 400e6 },
        { address: 'b', pixels: 1e6 },
      ]),
    ).toEqual(['scan']);
  });
});

describe('the preloader', () => {
  it('loads each address once and hands out the decoded picture', async () => {
    const { made, create } = fakes();
    const preloader = createPreloader(create);
    preloader.keep(['a', 'b']);
    preloader.keep(['b', 'c', 'a']);
    expect(made.map(({ src }) => src)).toEqual(['a', 'b', 'c']);
    expect(preloader.decoded('b')).toBeNull();
    made[1]!.finish();
    await preloader.ready('b');
    expect(preloader.decoded('b')).toBe(made[1]);
  });

  it('keeps no more than it was asked to keep, and ends downloads nobody waits for', async () => {
    const { made, create } = fakes();
    const preloader = createPreloader(create);
    for (let n = 0; n < 50; n++) preloader.keep([`${n}`, `${n + 1}`, `${n + 2}`]);
    expect(preloader.size()).toBe(3);
    expect(made.filter(({ src }) => src === '')).toHaveLength(49);
  });

  it('tries a photo again that could not be loaded the first time', async () => {
    const { made, create } = fakes();
    const preloader = createPreloader(create);
    preloader.keep(['a']);
    made[0]!.fail();
    await expect(preloader.ready('a')).rejects.toThrow('no picture');
    preloader.keep(['a']);
    expect(made).toHaveLength(2);
    made[1]!.finish();
    await expect(preloader.ready('a')).resolves.toBe(made[1]);
  });
});
