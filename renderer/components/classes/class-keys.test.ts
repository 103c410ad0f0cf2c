import { describe, expect, it } from 'vitest';
import { newClasses } from '#app/domain/class-defaults.ts';
import { keyWish } from './class-keys.ts';

const press = (key: string, held: Partial<KeyboardEvent> = {}) =>
  keyWish({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

describe('choosing a key for a class', () => {
  it('takes digits and letters, of either case', () => {
    expect(press('1')).toEqual({ kind: 'key', key: '1' });
    expect(press('A')).toEqual({ kind: 'key', key: 'a' });
    expect(press('é')).toEqual({ kind: 'key', key: 'é' });
  });

  it('refuses keys that mean something else, and says what', () => {
    expect(press('X')).toEqual({ kind: 'refused', why: 'X excludes a photo. Choose another key.' });
    expect(press('?')?.kind).toBe('refused');
  });

  it('takes the key away with Backspace', () => {
    expect(press('Backspace')).toEqual({ kind: 'none' });
  });

  it('leaves moving about and shortcuts alone', () => {
    expect(press('Tab')).toBeNull();
    expect(press('ArrowDown')).toBeNull();
    expect(press(' ')).toBeNull();
    expect(press('z', { ctrlKey: true })).toBeNull();
  });

  it('refuses none that new classes get by themselves', () => {
    const given = newClasses(
      [],
      Array.from({ length: 40 }, (_, i) => `class ${i}`),
    ).flatMap(({ key }) => (key === null ? [] : [key]));
    expect(given.length).toBeGreaterThan(25);
    expect(given.map((key) => press(key)?.kind)).toEqual(given.map(() => 'key'));
  });
});
