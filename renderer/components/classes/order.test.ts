import { describe, expect, it } from 'vitest';
import { moved } from './order.ts';

describe('the order of classes', () => {
  it('puts a class at the place it was moved to, up and down', () => {
    expect(moved(['a', 'b', 'c'], 'a', 2)).toEqual(['b', 'c', 'a']);
    expect(moved(['a', 'b', 'c'], 'c', 0)).toEqual(['c', 'a', 'b']);
  });

  it('does not change beyond the ends, nor for a class that is not there', () => {
    expect(moved(['a', 'b'], 'b', 9)).toBeNull();
    expect(moved(['a', 'b'], 'a', -1)).toBeNull();
    expect(moved(['a', 'b'], 'z', 0)).toBeNull();
  });
});
