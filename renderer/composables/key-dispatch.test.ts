import { expect, it } from 'vitest';
import type { Command } from './commands.ts';
import { keysOf } from './commands.ts';
import { createDispatcher } from './key-dispatch.ts';

const command = (id: string, keys: readonly string[], more: Partial<Command> = {}): Command => ({
  id,
  title: id,
  group: 'Test',
  keys,
  run: () => undefined,
  ...more,
});

const dispatcherOf = (commands: readonly Command[], changed: Readonly<Record<string, string>> = {}) =>
  createDispatcher({ commands: () => commands, changed: () => changed });

const calm = (at: number) => ({ typing: false, at });

it('runs a sequence when its second key follows', () => {
  const { press } = dispatcherOf([command('go.library', ['G L'])]);
  expect(press('G', calm(0))).toBeNull();
  expect(press('L', calm(400))?.id).toBe('go.library');
});

it('forgets the beginning of a sequence after a while', () => {
  const { press } = dispatcherOf([command('go.library', ['G L']), command('zoom', ['L'])]);
  press('G', calm(0));
  expect(press('L', calm(5000))?.id).toBe('zoom');
});

it('gives a key to the screen before the frame, because the screen came last', () => {
  const { press } = dispatcherOf([command('app.inspector', ['I']), command('label.class.4', ['I'])]);
  expect(press('I', calm(0))?.id).toBe('label.class.4');
});

it('passes over commands that cannot be done now', () => {
  const { press } = dispatcherOf([command('a', ['X']), command('b', ['X'], { enabled: () => false })]);
  expect(press('X', calm(0))?.id).toBe('a');
});

it('leaves keys to a text field, except those that are meant for it too', () => {
  const { press } = dispatcherOf([
    command('label.flag', ['F']),
    command('app.palette', ['Mod+K'], { whileTyping: true }),
  ]);
  expect(press('F', { typing: true, at: 0 })).toBeNull();
  expect(press('Mod+K', { typing: true, at: 1 })?.id).toBe('app.palette');
});

it('uses the key that the person chose, and no longer the old one', () => {
  const { press } = dispatcherOf([command('label.skip', ['ArrowRight'])], { 'label.skip': 'S' });
  expect(press('ArrowRight', calm(0))).toBeNull();
  expect(press('S', calm(1))?.id).toBe('label.skip');
});

it('lets a command be without a key, and class keys follow their class', () => {
  expect(keysOf(command('a', ['X']), { a: '' })).toEqual([]);
  expect(keysOf(command('label.class.1', ['1'], { editable: false }), { 'label.class.1': 'Q' })).toEqual(['1']);
});
