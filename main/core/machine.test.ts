import { describe, expect, it } from 'vitest';
import { coreEnvironment } from '#app/contract/core-environment.ts';
import { photosAtOnce } from './machine.ts';

const GIGABYTE = 2 ** 30;

describe('photos decoded at once', () => {
  it.each([
    { cores: 1, memoryBytes: 4 * GIGABYTE, photos: 2 },
    { cores: 2, memoryBytes: 2 * GIGABYTE, photos: 3 },
    { cores: 4, memoryBytes: 16 * GIGABYTE, photos: 5 },
    { cores: 16, memoryBytes: 64 * GIGABYTE, photos: 17 },
    // The largest photos take a gigabyte each.
    { cores: 16, memoryBytes: 8 * GIGABYTE, photos: 8 },
    { cores: 64, memoryBytes: 512 * GIGABYTE, photos: 32 },
  ])('are $photos with $cores cores', ({ cores, memoryBytes, photos }) => {
    const threads = Number(coreEnvironment(cores).UV_THREADPOOL_SIZE);
    expect(photosAtOnce({ cores, memoryBytes, threads })).toBe(photos);
  });

  it('are no more than the threads that there are', () => {
    expect(photosAtOnce({ cores: 16, memoryBytes: 64 * GIGABYTE, threads: 4 })).toBe(4);
  });
});
