import { describe, expect, it } from 'vitest';
import { readRuns } from './run-list.ts';

describe('readRuns', () => {
  it('reads each run once, in the written order', () => {
    expect(readRuns('8,3,8,5')).toEqual([8, 3, 5]);
  });

  it('passes over what is no run', () => {
    expect(readRuns('0,x,-1,2.5,4')).toEqual([4]);
    expect(readRuns(undefined)).toEqual([]);
    expect(readRuns(['1'])).toEqual([]);
  });
});
