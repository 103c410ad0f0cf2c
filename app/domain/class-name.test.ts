import { describe, expect, it } from 'vitest';
import { fitClassName } from './class-name.ts';

describe('a class name', () => {
  it('may be any one line of 1 to 100 characters, and loses white space around it', () => {
    expect(fitClassName('  Quercus robur (Eiche) 🌳 ')).toBe('Quercus robur (Eiche) 🌳');
    expect(fitClassName('🌳'.repeat(100))).toBe('🌳'.repeat(100));
    expect(fitClassName('0')).toBe('0');
  });

  it.each([
    ['nothing', ' \t '],
    ['101 characters', 'x'.repeat(101)],
    ['101 characters of two units', '🌳'.repeat(101)],
    ['an escape', 'cat\u001b[2J'],
    ['a control of eight bits', 'cat\u009b2J'],
    ['a line break', 'cat\ndog'],
    ['a separator of lines', 'cat\u2028dog'],
    ['a turn of the writing direction', 'cat\u202egod'],
    ['half a character', 'cat\ud83c'],
  ])('cannot be %s', (_what, name) => {
    expect(fitClassName(name)).toBeNull();
  });
});
