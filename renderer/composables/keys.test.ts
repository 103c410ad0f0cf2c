import { expect, it } from 'vitest';
import type { PressedKey } from './keys.ts';
import { keyCaps, written } from './keys.ts';

const press = (key: string, held: Partial<PressedKey> = {}): PressedKey => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

it('writes a letter the same with and without caps lock', () => {
  expect(written(press('k', { ctrlKey: true }), false)).toBe('Mod+K');
  expect(written(press('K', { ctrlKey: true }), false)).toBe('Mod+K');
});

it('takes Command for Ctrl on a Mac', () => {
  expect(written(press('z', { metaKey: true, shiftKey: true }), true)).toBe('Mod+Shift+Z');
  expect(written(press('z', { ctrlKey: true }), true)).toBe('Ctrl+Z');
});

it('names a sign by itself, whatever has to be held to type it', () => {
  expect(written(press('?', { shiftKey: true }), false)).toBe('?');
  expect(written(press('+'), false)).toBe('+');
});

it('keeps Shift with arrows and Space', () => {
  expect(written(press('ArrowDown', { shiftKey: true }), false)).toBe('Shift+ArrowDown');
  expect(written(press(' ', { shiftKey: true }), false)).toBe('Shift+Space');
});

it('does not take a modifier alone for a key', () => {
  expect(written(press('Shift', { shiftKey: true }), false)).toBeNull();
});

it('shows keys as they stand on the keyboard', () => {
  expect(keyCaps('Mod+Shift+Z', false)).toEqual(['Ctrl', 'Shift', 'Z']);
  expect(keyCaps('G L', false)).toEqual(['G', 'then', 'L']);
  expect(keyCaps('Mod++', false)).toEqual(['Ctrl', '+']);
});
