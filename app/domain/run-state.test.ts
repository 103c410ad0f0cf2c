import { expect, it } from 'vitest';
import { assertCanMove, canMove } from './run-state.ts';
import type { RunState } from './run-state.ts';

const states: readonly RunState[] = ['queued', 'running', 'stopped', 'finished', 'failed'];

it('lets a run move on exactly as its life has it', () => {
  const moves = states.flatMap((from) => states.filter((to) => canMove(from, to)).map((to) => `${from} -> ${to}`));
  expect(moves).toEqual([
    'queued -> running',
    'queued -> stopped',
    'queued -> failed',
    'running -> stopped',
    'running -> finished',
    'running -> failed',
    'stopped -> queued',
    'stopped -> running',
    'failed -> queued',
    'failed -> running',
  ]);
});

it('says why a run cannot move', () => {
  expect(() => assertCanMove('Run "oaks"', 'finished', 'running')).toThrow(/"oaks" is finished.*start a new one/);
  expect(() => assertCanMove('Run "oaks"', 'stopped', 'finished')).toThrow(/can only become: queued, running/);
  expect(() => assertCanMove('Run "oaks"', 'stopped', 'running')).not.toThrow();
});
