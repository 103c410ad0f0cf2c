import { describe, expect, it } from 'vitest';
import { classId } from '#app/domain/id-of.ts';
import { matching, nameProblem } from './names.ts';

const classes = ['rust', 'leaf rust', 'crust', 'smut'].map((name, i) => ({ id: classId(i + 1), name }));

describe('a typed class name', () => {
  it('may not be empty, too long, or that of another class', () => {
    expect(nameProblem('  ', classes, null)).toBe('Type a name.');
    expect(nameProblem('a'.repeat(101), classes, null)).toContain('at most 100');
    expect(nameProblem(' rust ', classes, null)).toContain('There is a class "rust" already');
    expect(nameProblem('blight', classes, null)).toBeNull();
  });

  it('may be the one that the class has now', () => {
    expect(nameProblem('rust', classes, classId(1))).toBeNull();
  });
});

describe('finding a class by typing', () => {
  it('offers the likeliest first', () => {
    expect(matching('rust', classes).map(({ name }) => name)).toEqual(['rust', 'leaf rust', 'crust']);
    expect(matching('S', classes).map(({ name }) => name)).toEqual(['smut', 'rust', 'leaf rust', 'crust']);
    expect(matching('xyz', classes)).toEqual([]);
  });

  it('offers all while nothing is typed', () => {
    expect(matching(' ', classes)).toBe(classes);
  });
});
